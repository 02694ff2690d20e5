"""What happened when: the figures of a run in even steps of time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.surge.facts import FactKind, Facts
from benchmarks.surge.latency import percentile_series
from benchmarks.surge.ledger import Samples
from benchmarks.surge.measures import NONE, Measured

__all__ = ("edges_of", "occupancy_of", "series_of")

STEPS: Final = 240
LENGTHS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60)

Floats = NDArray[np.float64]
Changes = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Times, and by how much a level changes at each."""


def edges_of(length_s: float) -> Floats:
    """The bounds of steps from the opening to the end: round lengths, not too many."""
    step_s = next((step for step in LENGTHS_S if length_s / step <= STEPS), LENGTHS_S[-1])
    return np.arange(0.0, length_s + step_s, step_s)


def series_of(run: Measured) -> dict[str, Any]:
    """Columns over time, by step: counts in the step, levels at its end, percentiles in it."""
    edges_s = edges_of((run.over_ns - run.opens_ns) / 1e9)
    came_s, answered_s, left_s = (
        _after(run, times) for times in (run.came_ns, run.answered_ns, run.gave_up_ns)
    )
    holdings, presences = _holdings(run.agents), _presences(run.agents)
    busy, present = (_levels(_while_any(rows), run, edges_s) for rows in (holdings, presences))
    return {
        "step_s": float(edges_s[1] - edges_s[0]),
        "at_s": np.round(edges_s[:-1], 3).tolist(),
        "arrivals": _counts(came_s, edges_s),
        "served": _counts(_after(run, run.released_ns), edges_s),
        "abandoned": _counts(left_s, edges_s),
        "depth": _depth(came_s, answered_s, left_s, edges_s),
        "depth_by_channel": _depth_by_channel(run, edges_s),
        "busy_agents": busy,
        "free_agents": [max(0, h - b) for h, b in zip(present, busy, strict=True)],
        "matching_p50_ms": _percentiles(run, run.ledger.matching, edges_s, 50),
        "matching_p99_ms": _percentiles(run, run.ledger.matching, edges_s, 99),
        "idle_gap_p99_ms": _percentiles(run, run.ledger.idle, edges_s, 99),
    }


def occupancy_of(run: Measured, from_ns: int, until_ns: int) -> float | None:
    """The share of the agents' time in which they had something in hand; null without any. Who has
    gone with something still in hand is at work until it is done."""
    holdings = _holdings(run.agents)
    at_work = _while_any(np.concatenate((holdings, _presences(run.agents))))
    at_work_s = _seconds(at_work, from_ns, until_ns)
    return _seconds(_while_any(holdings), from_ns, until_ns) / at_work_s if at_work_s else None


def _seconds(changes: Changes, from_ns: int, until_ns: int) -> float:
    """How long a level stood between two times, each unit of it for itself."""
    times, change = changes
    return float((change * (until_ns - np.clip(times, from_ns, until_ns))).sum()) / 1e9


def _after(run: Measured, times_ns: NDArray[np.int64]) -> Floats:
    happened = times_ns[times_ns != NONE]
    return np.sort((happened - run.opens_ns) / 1e9)


def _counts(at_s: Floats, edges_s: Floats) -> list[int]:
    counts: list[int] = np.histogram(at_s, edges_s)[0].tolist()
    return counts


def _depth(came_s: Floats, answered_s: Floats, left_s: Floats, edges_s: Floats) -> list[int]:
    ends_s = edges_s[1:]
    depth = (
        np.searchsorted(came_s, ends_s, side="right")
        - np.searchsorted(answered_s, ends_s, side="right")
        - np.searchsorted(left_s, ends_s, side="right")
    )
    levels: list[int] = np.maximum(depth, 0).tolist()
    return levels


def _depth_by_channel(run: Measured, edges_s: Floats) -> dict[str, list[int]]:
    channels = [kind.channel for kind in run.plan.types]
    if len(set(channels)) == 1:
        return {}
    of_contact = np.array(channels)[run.plan.contacts.type_of]
    depths = {}
    for channel in sorted(set(channels)):
        times = (
            np.where(of_contact == channel, column, NONE)
            for column in (run.came_ns, run.answered_ns, run.gave_up_ns)
        )
        came_s, answered_s, left_s = (_after(run, column) for column in times)
        depths[channel] = _depth(came_s, answered_s, left_s, edges_s)
    return depths


def _percentiles(
    run: Measured, samples: Samples, edges_s: Floats, percent: float
) -> list[float | None]:
    began_s = (np.array(samples.began_ns, dtype=np.int64) - run.opens_ns) / 1e9
    return percentile_series(began_s, samples.took_ns, edges_s, percent)


def _holdings(facts: Facts) -> Facts:
    """Rows of agent, time, and by how much what the agent has in hand changes."""
    takes = facts[facts[:, 0] == FactKind.OFFERED]
    gives = facts[np.isin(facts[:, 0], [FactKind.FREED, FactKind.DECLINED, FactKind.WITHDRAWN])]
    return np.concatenate((_rows(takes[:, 2], takes[:, 3], 1), _rows(gives[:, 2], gives[:, 3], -1)))


def _presences(facts: Facts) -> Facts:
    """Rows of agent, time, and 1 who comes or -1 who goes."""
    came, went = (facts[facts[:, 0] == kind] for kind in (FactKind.CAME, FactKind.WENT))
    return np.concatenate((_rows(came[:, 1], came[:, 3], 1), _rows(went[:, 1], went[:, 3], -1)))


def _rows(agents: NDArray[np.int64], times: NDArray[np.int64], change: int) -> Facts:
    return np.stack((agents, times, np.full(len(agents), change, dtype=np.int64)), axis=1)


def _while_any(rows: Facts) -> Changes:
    """When each agent's sum of changes becomes positive, and when it is so no more."""
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    agents, times, change = rows[order].T
    held = np.cumsum(change)
    starts = np.flatnonzero(np.diff(agents, prepend=-1))
    lengths = np.diff(np.append(starts, len(agents)))
    held = held - np.repeat((held - change)[starts], lengths)
    turned = (held > 0).astype(np.int64) - (held - change > 0).astype(np.int64)
    return times[turned != 0], turned[turned != 0]


def _levels(changes: Changes, run: Measured, edges_s: Floats) -> list[int]:
    times, change = changes
    order = np.argsort(times, kind="stable")
    level = np.concatenate(([0], np.cumsum(change[order])))
    at: ArrayLike = run.opens_ns + edges_s[1:] * 1e9
    levels: list[int] = level[np.searchsorted(times[order], at, side="right")].tolist()
    return levels
