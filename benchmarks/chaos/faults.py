"""Kinds of faults, how often each comes, and when: all of it fixed by the seed in advance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import count
from typing import Final, NamedTuple

from benchmarks.floor.randomness import random_stream

__all__ = ("RATES_PER_MINUTE", "Fault", "FaultKind", "moments", "required")

PER_MINUTE_MIN: Final = 5


class FaultKind(StrEnum):
    """What can be done to the system, the gravest first: of two, the first is to blame."""

    ROUTER_KILL = "router_kill"
    SERVER_KILL = "server_kill"
    ROUTER_PAUSE = "router_pause"
    SERVER_PAUSE = "server_pause"
    LINK_STALLED = "link_stalled"
    GATEWAY_KILL = "gateway_kill"
    STANDBY_KILL = "standby_kill"
    CONNECTION_CUT = "connection_cut"
    REPLY_DROPPED = "reply_dropped"
    CLIENT_DUPLICATE = "client_duplicate"


RATES_PER_MINUTE: Final[Mapping[FaultKind, float]] = {
    FaultKind.ROUTER_KILL: 7.0,
    FaultKind.SERVER_KILL: 7.0,
    FaultKind.ROUTER_PAUSE: 7.0,
    FaultKind.SERVER_PAUSE: 7.0,
    FaultKind.LINK_STALLED: 10.0,
    FaultKind.GATEWAY_KILL: 7.0,
    FaultKind.STANDBY_KILL: 7.0,
    FaultKind.CONNECTION_CUT: 150.0,
    FaultKind.REPLY_DROPPED: 300.0,
    FaultKind.CLIENT_DUPLICATE: 600.0,
}
"""Kills leave time to get going again; what costs one round trip comes several times a second."""


class Fault(NamedTuple):
    """One fault that did take effect, from when to when (Redis' time)."""

    kind: FaultKind
    begin_ms: int
    end_ms: int


def moments(kind: FaultKind, factor: float, seed: int, *names: str) -> Iterator[float]:
    """When faults of a kind are due, in seconds from the start; does not end.

    One falls into each of equal stretches of time, anywhere in it: as many as the rate says, and
    no two runs of the same seed differ.
    """
    random = random_stream(seed, "faults", kind, *names)
    stretch_s = 60.0 / (RATES_PER_MINUTE[kind] * factor)
    for number in count():
        yield (number + random.random()) * stretch_s


def required(minutes: float) -> int:
    """How many faults of each kind make a run of this length count."""
    return max(1, int(PER_MINUTE_MIN * minutes)) if minutes >= 1 else 1
