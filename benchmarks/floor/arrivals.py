"""When customers arrive: Poisson processes by channel, with spikes, fixed by the seed in advance.

The schedule is open loop: it does not depend on how the router fares, so a slow router cannot hide
by slowing the traffic down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.floor.randomness import random_stream

__all__ = ("Arrival", "Spike", "schedule")

HOUR_S = 3_600.0


class Arrival(NamedTuple):
    """Someone gets in touch at ``at_s`` floor seconds after opening."""

    at_s: float
    channel: str
    in_spike: bool


@dataclass(frozen=True, slots=True)
class Spike:
    """More traffic from ``starts_s`` to ``ends_s``: by what factor, for each channel named."""

    starts_s: float
    ends_s: float
    factors: Mapping[str, float]

    def covers(self, at_s: float) -> bool:
        """Whether the spike is on at ``at_s``."""
        return self.starts_s <= at_s < self.ends_s


def schedule(
    rates_per_hour: Mapping[str, float],
    *,
    seed: int,
    length_s: float = HOUR_S,
    spikes: Sequence[Spike] = (),
) -> list[Arrival]:
    """All arrivals of ``length_s`` floor seconds, earliest first.

    Each channel draws from its own stream: another rate for one leaves the others' times alone.
    """
    arrivals = [
        arrival
        for channel, rate in rates_per_hour.items()
        for arrival in _channel_arrivals(channel, rate, seed, length_s, spikes)
    ]
    return sorted(arrivals)


def _channel_arrivals(
    channel: str, rate_per_hour: float, seed: int, length_s: float, spikes: Sequence[Spike]
) -> list[Arrival]:
    # thinning: draw at the highest rate there will ever be, keep as many as the rate of the moment
    random = random_stream(seed, "arrivals", channel)
    peak = max((spike.factors.get(channel, 1.0) for spike in spikes), default=1.0)
    peak = max(peak, 1.0)
    arrivals = []
    at_s = 0.0
    while rate_per_hour > 0:
        at_s += random.expovariate(rate_per_hour * peak / HOUR_S)
        if at_s >= length_s:
            break
        factor = _factor(channel, at_s, spikes)
        if random.random() < factor / peak:
            arrivals.append(Arrival(at_s, channel, factor > 1.0))
    return arrivals


def _factor(channel: str, at_s: float, spikes: Sequence[Spike]) -> float:
    return max(
        (spike.factors.get(channel, 1.0) for spike in spikes if spike.covers(at_s)), default=1.0
    )
