"""Erlang's formulas: one skill, n agents, exponential handle times, with and without patience.

Rates are per minute, times in minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

__all__ = ("Delays", "erlang_a", "erlang_b", "erlang_c")

TAIL = 1e-14
"""States less likely than this, relative to the likeliest, are left out."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Steady-state figures. ``service_level`` counts all arrivals, ``asa_min`` the served ones."""

    wait_probability: float
    service_level: float
    asa_min: float
    abandonment: float
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """The share of arrivals lost when nobody can wait."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(rate: float, handle_min: float, agents: int, threshold_min: float) -> Delays:
    """M/M/n without abandonment. Raises ``ValueError`` when the load is not below ``agents``."""
    load = rate * handle_min
    if load >= agents:
        raise ValueError(f"{load:g} erlang need more than {agents} agents when nobody gives up")
    blocked = erlang_b(agents, load)
    waits = agents * blocked / (agents - load * (1 - blocked))
    drain = agents / handle_min - rate
    return Delays(
        wait_probability=waits,
        service_level=1 - waits * math.exp(-drain * threshold_min),
        asa_min=waits / drain,
        abandonment=0.0,
        occupancy=load / agents,
    )


def erlang_a(
    rate: float, handle_min: float, agents: int, patience_min: float, threshold_min: float
) -> Delays:
    """M/M/n+M: customers give up after an exponential time of mean ``patience_min``."""
    finish, give_up = 1 / handle_min, 1 / patience_min
    states = _stationary(rate, finish, agents, give_up)
    waiting = states[agents:]
    ahead = np.arange(len(waiting))
    served_in_time = _served_within(threshold_min, agents * finish, give_up, len(waiting))
    # a customer who finds j waiting is served after j + 1 departures, unless patience ends first
    steps = agents * finish + ahead * give_up
    served = np.cumprod(steps / (steps + give_up))
    waited_served = served * np.cumsum(1 / (steps + give_up))
    abandonment = give_up * float(waiting @ ahead) / rate
    busy = float(np.minimum(np.arange(len(states)), agents) @ states)
    return Delays(
        wait_probability=float(waiting.sum()),
        service_level=float(states[:agents].sum() + waiting @ served_in_time),
        asa_min=float(waiting @ waited_served) / (1 - abandonment),
        abandonment=abandonment,
        occupancy=busy / agents,
    )


def _stationary(rate: float, finish: float, agents: int, give_up: float) -> NDArray[np.float64]:
    """Probabilities of 0, 1, 2, ... customers present."""
    logs = [0.0]
    highest = 0.0
    while len(logs) <= agents + 1 or logs[-1] > highest + math.log(TAIL):
        present = len(logs)
        leave = min(present, agents) * finish + max(0, present - agents) * give_up
        logs.append(logs[-1] + math.log(rate / leave))
        highest = max(highest, logs[-1])
    weights = np.exp(np.array(logs) - highest)
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities


def _served_within(
    threshold_min: float, finish_all: float, give_up: float, size: int
) -> NDArray[np.float64]:
    """By the number found waiting: the chance to be served within the threshold."""
    # the last state is "served"; what is missing from a row has given up
    rates = np.zeros((size + 1, size + 1))
    for ahead in range(size):
        step = finish_all + ahead * give_up
        rates[ahead, ahead] = -(step + give_up)
        rates[ahead, ahead - 1 if ahead else size] = step
    chances: NDArray[np.float64] = expm(rates * threshold_min)[:size, size]
    return chances
