"""Scenarios whose answers are known, as documents; numbers as in the published instances."""

from __future__ import annotations

from typing import Any

__all__ = ("erlang", "few_skills", "preferred", "product_form", "surge")


def exponential(mean_s: float) -> dict[str, Any]:
    """A distribution."""
    return {"kind": "exponential", "mean_s": mean_s}


def poisson(per_minute: float) -> dict[str, Any]:
    """A process."""
    return {"kind": "poisson", "per_minute": per_minute}


def erlang(
    per_minute: float, handle_s: float, agents: int, patience_s: float | None = None
) -> dict[str, Any]:
    """One skill."""
    patience = None if patience_s is None else exponential(patience_s)
    call = {"arrivals": poisson(per_minute), "handle": exponential(handle_s), "patience": patience}
    return {
        "horizon_s": 90_000,
        "warm_up_s": 3_600,
        "thresholds_s": [0, 20],
        "types": {"call": call},
        "groups": {"desk": {"count": agents}},
    }


def product_form() -> dict[str, Any]:
    """A, A, AB, AB: first come first served, longest idle."""
    return {
        "horizon_s": 400_000,
        "warm_up_s": 10_000,
        "weights": {"skill": 0, "history": 0, "load": 0, "idle": 1},
        "types": {
            name: {
                "arrivals": poisson(rate),
                "handle": exponential(240),
                "requirements": [{"skill": name}],
            }
            for name, rate in (("A", 0.5), ("B", 0.35))
        },
        "groups": {
            "some": {"count": 2, "skills": {"A": 1}},
            "both": {"count": 2, "skills": {"A": 1, "B": 1}},
        },
    }


def few_skills(skills: int) -> dict[str, Any]:
    """Wallace and Whitt: own skill first, thirty places for all."""
    agents = []
    for number in range(90):
        own, place = divmod(number, 15)
        levels = {f"s{own}": 6}
        for m in range(skills - 1):
            levels[f"s{(own + 1 + (place + m) % 5) % 6}"] = 5 - m
        agents.append({"id": f"a{number:02}", "group": f"own-{own}", "skills": levels})
    return {
        "horizon_s": 100_000,
        "warm_up_s": 15_000,
        "places": 30,
        "thresholds_s": [30],
        "weights": {"skill": 1, "history": 0, "load": 0, "idle": 0},
        "urgency": {"weight": 0},
        "types": {
            f"t{t}": {
                "arrivals": poisson(1.375),
                "handle": exponential(600),
                "requirements": [{"skill": f"s{t}"}],
            }
            for t in range(6)
        },
        "agents": agents,
    }


def preferred(hold_s: float) -> dict[str, Any]:
    """Fifty agents; everybody knows one, and is held for them so long."""
    document = erlang(8.5, 300, 50, 300)
    document["types"]["call"]["preferred"] = {}
    document["thresholds_s"] = [20]
    queue: dict[str, Any] = {"preferred_first": True}
    document["policy"] = {"queues": {"contacts": queue}}
    if hold_s:
        step = {"only": "preferred", "until_s": hold_s, "free_in_time": 0}
        queue["workflow"] = "hold"
        document["policy"]["workflows"] = {"hold": {"steps": [step, {}]}}
    return document


def surge() -> dict[str, Any]:
    """Twice the calls for a quarter of an hour; two hours count."""
    return {
        **erlang(17, 300, 100, 180),
        "warm_up_s": 1_800,
        "horizon_s": 9_000,
        "spikes": [{"factor": 2, "from_s": 3_600, "for_s": 900}],
    }
