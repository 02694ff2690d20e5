"""Many skills, first come first served, longest-idle agent: the product form.

Adan and Weiss, "A skill based parallel service system under FCFS-ALIS" (2014). A state is an order
of all agents: the first ``i`` are busy (by the age of their customers), the others idle (the last
for the longest time). Customers who wait between two busy agents can be served only by those
before. All orders are enumerated, so agents must be few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ("AGENTS_MAX", "ProductForm", "product_form")

AGENTS_MAX: Final = 8
"""8! × 9 states take a few seconds; each further agent ten times as long."""


@dataclass(frozen=True, slots=True)
class ProductForm:
    """Mean wait of each type in minutes, and the share of time that each agent is busy."""

    wait_min: tuple[float, ...]
    occupancy: tuple[float, ...]


def product_form(
    arrivals: Sequence[float], rates: Sequence[float], skills: Sequence[frozenset[int]]
) -> ProductForm:
    """Exact figures; ``skills[a]`` are the types that agent ``a`` serves at ``rates[a]`` a minute.

    Raises ``ValueError`` for more than :data:`AGENTS_MAX` agents, or when some types together
    bring more work than the agents who serve them can do.
    """
    if len(skills) > AGENTS_MAX:
        raise ValueError(f"{len(skills)} agents; the exact answer is computed for {AGENTS_MAX}")
    sets = _Sets(arrivals, rates, skills)
    total = 0.0
    waiting = np.zeros(len(arrivals))
    busy = np.zeros(len(rates))
    for order in permutations(range(len(rates))):
        for count, weight, per_rate in _states(order, sets):
            total += weight
            waiting += weight * per_rate
            busy[list(order[:count])] += weight
    # waiting customers of a type over its rate: Little's law
    return ProductForm(tuple((waiting / total).tolist()), tuple((busy / total).tolist()))


class _Sets:
    """Sums over sets of agents, given as bit masks."""

    def __init__(
        self, arrivals: Sequence[float], rates: Sequence[float], skills: Sequence[frozenset[int]]
    ) -> None:
        types, agents = len(arrivals), len(rates)
        serves = [sum(1 << a for a in range(agents) if t in skills[a]) for t in range(types)]
        masks = range(1 << agents)
        self.work = [sum(rates[a] for a in range(agents) if mask >> a & 1) for mask in masks]
        self.only: list[NDArray[np.bool_]] = [
            np.array([serves[t] & ~mask == 0 for t in range(types)]) for mask in masks
        ]
        self.only_rate = [float(np.dot(self.only[mask], arrivals)) for mask in masks]
        self.any_rate = [
            sum(rate for t, rate in enumerate(arrivals) if serves[t] & mask) for mask in masks
        ]
        for mask in masks[1:]:
            if self.only[mask].any() and self.only_rate[mask] >= self.work[mask]:
                raise ValueError("some types bring more work than the agents who serve them can do")


def _states(
    order: tuple[int, ...], sets: _Sets
) -> Iterator[tuple[int, float, NDArray[np.float64]]]:
    """(busy agents, weight, mean waiting per type over its rate) of each split of one order."""
    idle_weight = _idle_weights(order, sets)
    weight, mask = 1.0, 0
    waiting = np.zeros(len(sets.only[0]))
    yield 0, idle_weight[0], waiting
    for count, agent in enumerate(order, start=1):
        mask |= 1 << agent
        spare = sets.work[mask] - sets.only_rate[mask]
        weight /= spare
        waiting = waiting + sets.only[mask] / spare
        yield count, weight * idle_weight[count], waiting


def _idle_weights(order: tuple[int, ...], sets: _Sets) -> list[float]:
    """The factor of the idle agents, when the first 0, 1, 2, ... of the order are busy."""
    weights = [1.0]
    mask = 0
    for agent in reversed(order):
        mask |= 1 << agent
        weights.append(weights[-1] / sets.any_rate[mask])
    return weights[::-1]
