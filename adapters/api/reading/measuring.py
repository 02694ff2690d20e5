"""Measuring objectives: sums of intervals by queue and channel, made into one value each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from adapters.statistics.first_contacts import contacts, resolved
from router.policy import Objective

__all__ = ("CELLS", "counts_of", "value_of")

CELLS: Final = (
    "answered",
    "answered_in_target",
    "abandoned",
    "wait_total_s",
    "handled",
    "handle_total_s",
    "scored",
    "skill_ppm",
    "known",
    "preferred",
)
"""What is added up of each row of the statistics (docs/statistics.md)."""

_QUOTIENTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...], float]]] = {
    "service_level": (("answered_in_target",), ("answered", "abandoned"), 1.0),
    "abandonment": (("abandoned",), ("answered", "abandoned"), 1.0),
    "mean_wait_s": (("wait_total_s",), ("answered",), 1.0),
    "handle_mean_s": (("handle_total_s",), ("handled",), 1.0),
    "acceptance": (("accepted",), ("issued",), 1.0),
    "occupancy": (("busy_s",), ("staffed_s",), 1.0),
    "skill_fit": (("skill_ppm",), ("scored",), 1_000_000.0),
    "preferred_agents": (("preferred",), ("known",), 1.0),
}
"""What is divided by what, and by how much more."""


def counts_of(
    objective: Objective, rows: Iterable[Mapping[str, Any]], agents: Mapping[str, Any]
) -> Counter[str]:
    """The sums of an interval that an objective looks at."""
    told: Counter[str] = Counter()
    for row in rows:
        if objective.queue in {None, row["queue"]} and objective.channel in {None, row["channel"]}:
            for name in (*CELLS, *_contact_cells(objective)):
                told[name] += row.get(name) or 0
            offers = row.get("offers") or {}
            for name in ("issued", "accepted"):
                told[name] += offers.get(name, 0)
    for name in ("busy_s", "staffed_s"):
        told[name] += agents.get(name) or 0
    return told


def value_of(objective: Objective, counts: Sequence[Counter[str]]) -> float | None:
    """The measure over some intervals; None: there is nothing of which it could be told."""
    above, below, scale = _quotient(objective)
    divided = sum(one[name] for one in counts for name in above)
    by = sum(one[name] for one in counts for name in below)
    return float(divided) / by / scale if by else None


def _contact_cells(objective: Objective) -> tuple[str, ...]:
    if objective.measure != "first_contact":
        return ()
    within_s = objective.again_within_s
    return resolved(within_s), contacts(within_s)


def _quotient(objective: Objective) -> tuple[tuple[str, ...], tuple[str, ...], float]:
    if objective.measure == "first_contact":
        above, below = _contact_cells(objective)
        return (above,), (below,), 1.0
    return _QUOTIENTS[objective.measure]
