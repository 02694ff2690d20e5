"""Small centers whose best weights are known, and a search on them within this process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from adapters.tuning.objective import Objective
from benchmarks.scenario.reading import read_scenario
from benchmarks.tuning.merit import Terms
from benchmarks.tuning.scenarios import ScenarioGround
from benchmarks.tuning.tries import Tries, begin

__all__ = ("BLENDED", "PLAIN", "objective", "searching")

CONSTANT = {"kind": "constant", "value_s": 100}

BLENDED: dict[str, Any] = {
    "name": "blended",
    "horizon_s": 1_800,
    "types": {
        "call": {
            "queue": "calls",
            "requirements": [{"skill": "talk"}],
            "arrivals": {"kind": "poisson", "per_hour": 45},
            "handle": {"kind": "constant", "value_s": 120},
            "patience": {"kind": "exponential", "mean_s": 120},
            "preferred": {"share": 0.5},
        },
        "chat": {
            "channel": "chat",
            "queue": "chats",
            "requirements": [{"skill": "type"}],
            "arrivals": {"kind": "poisson", "per_hour": 45},
            "handle": {"kind": "constant", "value_s": 400},
            "thresholds_s": [60],
        },
    },
    "groups": {"all": {"count": 5, "skills": {"talk": 5, "type": 3}}},
    "policy": {
        "channels": {
            "voice": {"exclusive": True, "target_s": 20, "offer_ttl_s": 3600},
            "chat": {"cost": 33, "maximum": 3, "target_s": 60, "offer_ttl_s": 3600},
        },
        "queues": {"calls": {}, "chats": {}},
        "weights": {"load": 8},
    },
}
"""Chats that go to whoever has most room leave nobody for a call, which wants a whole agent: with
``load`` 0 more calls are answered in time (docs/quality.md)."""

PLAIN: dict[str, Any] = {
    "name": "plain",
    "horizon_s": 1_800,
    "types": {
        "call": {
            "requirements": [{"skill": "talk"}],
            "arrivals": {"kind": "poisson", "per_hour": 60},
            "handle": CONSTANT,
        }
    },
    "groups": {"all": {"count": 2, "skills": {"talk": 3}}},
}
"""All are alike: whom a call goes to makes no difference to anybody who calls."""


def objective(**terms: Any) -> Objective:
    return Objective.model_validate(terms)


@contextmanager
def searching(document: dict[str, Any], wanted: Objective) -> Iterator[tuple[Any, Terms, Tries]]:
    """The ground, the terms, and tries that are played in this very process."""
    ground, terms = ScenarioGround(read_scenario(document), 1), Terms(wanted)
    ground.check(terms.figures)
    with ThreadPoolExecutor(1, initializer=begin, initargs=(ground, terms.figures)) as pool:
        yield ground, terms, Tries(pool)
