"""One type, two pools of different speed (the inverted V); nobody gives up.

Longest idle first is equal to a random idle agent in everything that is asked here, so all three
rules are a chain over how many of each pool are busy; once all are busy, M/M/1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, lil_array
from scipy.sparse.linalg import spsolve

__all__ = ("Rule", "TwoPools", "two_pools")

Rule = Literal["fastest", "longest_idle", "slowest"]


@dataclass(frozen=True, slots=True)
class TwoPools:
    """Mean wait in minutes, and the occupancy of each pool."""

    wait_min: float
    occupancy: tuple[float, float]


def two_pools(
    rate: float, sizes: tuple[int, int], rates: tuple[float, float], rule: Rule
) -> TwoPools:
    """Exact figures; ``rates`` are services a minute of one agent of each pool.

    Raises ``ValueError`` when the load is too high to be served.
    """
    drain = sizes[0] * rates[0] + sizes[1] * rates[1]
    if rate >= drain:
        raise ValueError(f"{rate:g} arrivals a minute; the agents serve {drain:g}")
    probabilities = _stationary(rate, sizes, rates, rule)
    # everything behind "all busy" is geometric with this ratio
    ratio = rate / drain
    full = probabilities[-1, -1]
    total = probabilities.sum() + full * ratio / (1 - ratio)
    waiting = full / total * ratio / (1 - ratio) ** 2
    queueing = full / total * ratio / (1 - ratio)
    busy_a = float(np.arange(sizes[0] + 1) @ probabilities.sum(axis=1)) / total
    busy_b = float(np.arange(sizes[1] + 1) @ probabilities.sum(axis=0)) / total
    occupancy = (float(busy_a / sizes[0] + queueing), float(busy_b / sizes[1] + queueing))
    return TwoPools(wait_min=float(waiting / rate), occupancy=occupancy)


def _stationary(
    rate: float, sizes: tuple[int, int], rates: tuple[float, float], rule: Rule
) -> NDArray[np.float64]:
    """Probabilities (not normalised) of (busy in the first pool, busy in the second)."""
    width = sizes[1] + 1
    count = (sizes[0] + 1) * width
    flow = lil_array((count, count))
    for a in range(sizes[0] + 1):
        for b in range(width):
            here = a * width + b
            to_a = rate * _share_of_first(sizes[0] - a, sizes[1] - b, rates, rule)
            if a < sizes[0]:
                flow[here, here + width] += to_a
            if b < sizes[1]:
                flow[here, here + 1] += rate - to_a
            if a:
                flow[here, here - width] += a * rates[0]
            if b:
                flow[here, here - 1] += b * rates[1]
    balance = lil_array((flow - diags_array(flow.sum(axis=1))).T)
    balance[0] = np.ones(count)
    right = np.zeros(count)
    right[0] = 1.0
    solved: NDArray[np.float64] = spsolve(csr_array(balance), right)
    return solved.reshape(sizes[0] + 1, width)


def _share_of_first(idle_a: int, idle_b: int, rates: tuple[float, float], rule: Rule) -> float:
    """The share of arrivals that the first pool takes."""
    if not idle_a or not idle_b:
        return 1.0 if idle_a else 0.0
    if rule == "longest_idle":
        return idle_a / (idle_a + idle_b)
    first_is_faster = rates[0] >= rates[1]
    return 1.0 if first_is_faster == (rule == "fastest") else 0.0
