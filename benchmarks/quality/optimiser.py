"""The joint assignment by itself: n × n independent exponential costs, whose optimum is known.

The expected optimum is the sum of 1/k² for k up to n (Aldous; Linusson and Wästlund); one after
the other, each taking the cheapest that is left, costs the harmonic number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.quality.center import Floats
from benchmarks.simulator.estimates import Estimate, Reference, ratio
from scoring.assignment import assign

__all__ = ("Cost", "optimise")

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """The mean total cost of one rule, and what it should be."""

    rule: str
    measured: Estimate
    known: Reference


def optimise(size: int, rounds: int, seed: int) -> list[Cost]:
    """Mean costs over ``rounds`` random matrices. Raises ``ValueError`` for a ``size`` that is more
    than the optimiser takes at once."""
    rng = np.random.Generator(np.random.PCG64(seed))
    jointly, greedily = [], []
    for _ in range(rounds):
        costs = rng.standard_exponential((size, size))
        jointly.append(_joint_cost(costs))
        greedily.append(_greedy_cost(costs))
    k = np.arange(1, size + 1)
    once = [1.0] * rounds
    return [
        Cost("joint assignment", ratio(jointly, once), _exact(float((1 / k**2).sum()))),
        Cost("one after the other", ratio(greedily, once), _exact(float((1 / k).sum()))),
    ]


def _exact(value: float) -> Reference:
    return Reference(value, source="exact")


def _joint_cost(costs: Floats) -> float:
    # the optimiser wants the highest value; what is saved against the dearest is one
    saved = np.rint((costs.max() - costs) * PPM).astype(np.int64).tolist()
    size = len(saved)
    values = {(row, column): saved[row][column] for row in range(size) for column in range(size)}
    return float(sum(costs[pair] for pair in assign(size, size, values)))


def _greedy_cost(costs: Floats) -> float:
    total, left = 0.0, costs.copy()
    for row in range(len(costs)):
        column = int(left[row].argmin())
        total += float(left[row, column])
        left[:, column] = np.inf
    return total
