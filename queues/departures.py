"""What has left a queue, as far as it tells how long those wait who are still in it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

__all__ = ("Departure", "Departures")


class Departure(NamedTuple):
    """One who went to an agent: when, and what the two sums of :class:`Departures` were then."""

    at_ms: int
    busy_ms: int
    left_ppm: int


class Departures(Struct, gc=False):
    """The last departures of one queue, in two clocks that run only while somebody waits in it.

    ``busy_ms`` is the time in which somebody has waited, up to ``since_ms`` (0: nobody waits now).
    ``left_ppm`` adds up, for each who left without an agent, their share of those who waited then.
    """

    busy_ms: int = 0
    since_ms: int = 0
    left_ppm: int = 0
    last: list[Departure] = field(default_factory=list)
