"""A surge in the Erlang A model: arrivals at a higher rate for a while, by the forward equations.

It begins in the steady state of the base rate. Rates are per minute, times minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.integrate import simpson, solve_ivp

from benchmarks.quality.center import Floats

__all__ = ("Peak", "surge")

MOMENTS: Final = 601
"""How many points of each stretch are looked at for the largest queue."""

SPREADS: Final = 12.0
"""The chain is cut off so many standard deviations above the most that can be there."""


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """What a surge does: the share who give up of all who come from its begin to the horizon, and
    the mean number of those who wait, at moments."""

    abandonment: float
    at_min: Floats
    queue: Floats

    @property
    def queue_max(self) -> float:
        """The largest mean number of those who wait."""
        return float(self.queue.max())

    @property
    def queue_max_min(self) -> float:
        """When it is reached, in minutes after the begin."""
        return float(self.at_min[self.queue.argmax()])

    def queue_at(self, minute: float) -> float:
        """The mean number of those who wait then."""
        return float(np.interp(minute, self.at_min, self.queue))


@dataclass(frozen=True, slots=True)
class _Chain:
    """The birth-death chain of those present, 0 to as many as it is cut off at."""

    agents: int
    service: float
    patience_rate: float
    states: int

    @property
    def waiting(self) -> Floats:
        """How many wait in each state."""
        return np.maximum(np.arange(self.states) - self.agents, 0).astype(np.float64)

    def rates(self, arrivals: float) -> tuple[Floats, Floats]:
        """Up and down from each state."""
        present = np.arange(self.states)
        up = np.full(self.states, arrivals)
        up[-1] = 0.0
        down = np.minimum(present, self.agents) * self.service + self.waiting * self.patience_rate
        return up, down

    def steady(self, arrivals: float) -> Floats:
        """The probability of each state after a long time."""
        up, down = self.rates(arrivals)
        logs = np.concatenate(([0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))))
        weights = np.exp(logs - logs.max())
        found: Floats = weights / weights.sum()
        return found

    def flow(self, arrivals: float) -> Callable[[float, Floats], Floats]:
        """How the probabilities change."""
        up, down = self.rates(arrivals)

        def change(_at: float, states: Floats) -> Floats:
            moved = -(up + down) * states
            moved[1:] += up[:-1] * states[:-1]
            moved[:-1] += down[1:] * states[1:]
            return moved

        return change


def surge(
    rate: float,
    factor: float,
    surge_min: float,
    horizon_min: float,
    handle_min: float,
    agents: int,
    patience_min: float,
) -> Peak:
    """Arrivals at ``rate × factor`` from 0 to ``surge_min``, at ``rate`` before and after."""
    most = agents + max(rate, rate * factor) * patience_min + agents
    states = int(most + SPREADS * np.sqrt(most)) + 1
    chain = _Chain(agents, 1 / handle_min, 1 / patience_min, states)
    found, begin_min = chain.steady(rate), 0.0
    arrived = given_up = 0.0
    moments, queues = list[Floats](), list[Floats]()
    for length_min, arrivals in ((surge_min, rate * factor), (horizon_min - surge_min, rate)):
        if length_min > 0:
            at = np.linspace(0.0, length_min, MOMENTS)
            over_time = _solve(chain.flow(arrivals), found, at)
            queues.append(chain.waiting @ over_time)
            moments.append(begin_min + at)
            arrived += arrivals * length_min
            given_up += float(simpson(queues[-1], x=at)) / patience_min
            found, begin_min = over_time[:, -1], begin_min + length_min
    return Peak(given_up / arrived, np.concatenate(moments), np.concatenate(queues))


def _solve(change: Callable[[float, Floats], Floats], begin: Floats, at: Floats) -> Floats:
    """The probabilities by (state, moment); only neighbours change into each other."""
    span = (float(at[0]), float(at[-1]))
    solved = solve_ivp(change, span, begin, "LSODA", at, rtol=1e-9, atol=1e-12, lband=1, uband=1)
    found: Floats = solved.y
    return found
