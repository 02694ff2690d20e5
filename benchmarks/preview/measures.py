"""The measures of an outcome, as plain numbers by name: for all, by queue and by channel.

Counts, service level, waits and handle times are those of ``onequeue stats``; quantiles, skill fit
and preferred agents come from the interactions one by one. Occupancy of a queue or a channel is of
the agents who may serve it, and counts their work for it alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks.preview.outcome import ANSWERED, Outcome
from benchmarks.preview.scopes import ALL, Scope

__all__ = ("ALL", "COUNTS", "SHARES", "Measures", "Scope", "measures_of")

COUNTS: Final = ("offered", "answered", "abandoned", "diverted")
SHARES: Final = ("service_level", "abandonment", "skill_fit", "preferred_rate", "occupancy")
"""Measures in [0, 1]; all others but counts are seconds."""

QUANTILES: Final = (0.5, 0.9, 0.95)
PPM: Final = 1_000_000


Measures: TypeAlias = dict[Scope, dict[str, float]]


def measures_of(outcome: Outcome) -> Measures:
    """All measures; not-a-number where there is nothing to measure."""
    found = {scope: _counted(figures) for scope, figures in _groups(outcome)}
    for scope, chosen in _chosen(outcome).items():
        if scope in found:
            found[scope] |= _one_by_one(outcome, chosen)
    found[ALL] |= _of_staff(outcome)
    for by, name, share, spread in outcome.at_work:
        if Scope(by, name) in found:
            found[Scope(by, name)] |= {"occupancy": share, "occupancy_spread": spread}
    return found


def _groups(outcome: Outcome) -> Iterator[tuple[Scope, dict[str, Any]]]:
    yield ALL, outcome.total
    for by, groups in (("queue", outcome.queues), ("channel", outcome.channels)):
        for name, figures in groups.items():
            yield Scope(by, name), figures


def _counted(figures: dict[str, Any]) -> dict[str, float]:
    lost = figures["answered"] + figures["abandoned"]
    return {
        **{name: float(figures[name]) for name in COUNTS},
        "service_level": _number(figures["service_level"]),
        "abandonment": figures["abandoned"] / lost if lost else math.nan,
        "asa_s": _number(figures["wait_mean_s"]),
        "aht_s": _number(figures["handle_mean_s"]),
        **dict.fromkeys((_quantile(q) for q in QUANTILES), math.nan),
        "skill_fit": math.nan,
        "preferred_rate": math.nan,
    }


def _chosen(outcome: Outcome) -> dict[Scope, Any]:
    """Which interactions count in which scope, of those that were answered."""
    answered = np.array(outcome.ends) == ANSWERED
    places = np.array(outcome.places)
    found = {ALL: answered}
    for number, (queue, channel) in enumerate(outcome.place_names):
        here = answered & (places == number)
        for scope in (Scope("queue", queue), Scope("channel", channel)):
            found[scope] = found[scope] | here if scope in found else here
    return found


def _one_by_one(outcome: Outcome, chosen: Any) -> dict[str, float]:
    waits_s = np.array(outcome.waited_ms)[chosen] / 1_000
    skill = np.array(outcome.skill_ppm)[chosen]
    knew = np.array(outcome.knew)[chosen]
    skill, knew = skill[skill >= 0], knew[knew >= 0]
    found = {}
    if len(waits_s):
        quantiles = np.quantile(waits_s, QUANTILES).tolist()
        found = dict(zip(map(_quantile, QUANTILES), quantiles, strict=True))
    found["skill_fit"] = float(skill.mean()) / PPM if len(skill) else math.nan
    found["preferred_rate"] = float(knew.mean()) if len(knew) else math.nan
    return found


def _of_staff(outcome: Outcome) -> dict[str, float]:
    """Occupancy of all, and how far agents are apart in it (standard deviation)."""
    each = list(outcome.occupancy.values())
    return {
        "occupancy": _number(outcome.staff["occupancy"]),
        "occupancy_spread": float(np.std(each)) if each else math.nan,
    }


def _quantile(share: float) -> str:
    return f"wait_p{share * 100:.0f}_s"


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
