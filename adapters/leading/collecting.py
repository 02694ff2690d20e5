"""The garbage collector of a process that leads, or is to: short sweeps over what is young, often.

What the engine keeps is here to stay and must not be looked at again and again; what it makes and
throws away is nearly all free of cycles. Left to itself the collector runs when 700 more objects
were made than let go, which in a router that is as full as before happens rarely: then tens of
thousands of survivors lie before it, and it stops the engine for 10 to 20 ms (ADR 14).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from adapters.leading.observers import Observers
from router.follower import CAUGHT_UP_RECORDS
from router.record import Record
from router.state import State

__all__ = ("Collecting", "SharedCollecting", "undisturbed")

SWEEP_EVENTS: Final = 256
"""Events between two sweeps over what was made since the one before."""

SWEEPS_PER_ROUND: Final = 8
"""Sweeps after which what survived them is looked at once more, and then set aside."""


class _Recoveries:
    """How many recoveries are under way in this process, which has one collector."""

    running = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the collector away from a recovery: all that is made is here to stay, and each full
    collection on the way would walk through all of it."""
    _Recoveries.running += 1
    gc.disable()
    try:
        yield
    finally:
        _Recoveries.running -= 1
        if not _Recoveries.running:
            gc.enable()


class Collecting(Observers):
    """Sweeps by the number of events, so that a sweep has the same little to do each time.

    A cycle that is made and let go between two rounds is collected; one that lives through a round
    and is let go later stays: a connection that was replaced, at worst.
    """

    def __init__(self) -> None:
        super().__init__()
        self._events = 0
        self._sweeps = 0
        self._due = False
        self._follows = False

    def following(self, behind: int) -> None:
        """Once what was there at first is folded, sweep as a leader does: when this router is to
        lead, little is left to be looked at."""
        if not self._follows and behind <= CAUGHT_UP_RECORDS:
            self._follows = True
            self._set_aside()

    def replayed(self, record: Record, record_bytes: int) -> None:
        """Sweep when it is time, unless this is of the beginning."""
        if self._follows:
            self.recorded(record, record_bytes, 0.0)

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """What a snapshot held is here to stay, and free of cycles: it is set aside as it is, as to
        walk through all of it takes half a second."""
        gc.freeze()

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """What may have been made of it is let go."""
        gc.unfreeze()

    def led(self, epoch: int) -> None:
        """What was recovered is here to stay."""
        if not self._follows:
            self._set_aside()
        self._follows = False

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """Sweep when it is time."""
        self._events += len(record.events)
        if self._due:
            self._set_aside()
            gc.enable()
        elif self._events >= SWEEP_EVENTS:
            self._sweep()

    def state_dropped(self) -> None:
        """The state that was set aside is let go."""
        gc.unfreeze()
        self._follows = False

    def engine_failed(self, error: Exception, commands: int) -> None:
        """The state that was set aside is given up for one that is built anew."""
        gc.unfreeze()
        gc.disable()
        self._due = True

    def _set_aside(self) -> None:
        self._due = False
        gc.collect()
        gc.freeze()

    def _sweep(self) -> None:
        self._events = 0
        self._sweeps += 1
        if self._sweeps < SWEEPS_PER_ROUND:
            gc.collect(0)
            return
        self._sweeps = 0
        gc.collect(1)
        gc.freeze()


class SharedCollecting(Collecting):
    """The same for a process that hosts several tenants, all of whom tell this one observer.

    No tenant's start or end lets the collector walk through what the others hold: it takes half a
    second for a million objects. What is set aside stays so; a state that is let go is free of
    cycles, and needs no collector (a rebuilt engine's few hundred objects stay).
    """

    def following(self, behind: int) -> None:
        """Nothing to do: it counts from the first record on."""

    def replayed(self, record: Record, record_bytes: int) -> None:
        """Sweep when it is time."""
        self.recorded(record, record_bytes, 0.0)

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """What was made of it is let go by itself."""

    def led(self, epoch: int) -> None:
        """What was recovered is here to stay."""
        gc.freeze()

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """Sweep when it is time, and nobody recovers: what is made then is set aside unseen."""
        if not _Recoveries.running:
            super().recorded(record, record_bytes, took_s)

    def state_dropped(self) -> None:
        """It is let go by itself."""

    def engine_failed(self, error: Exception, commands: int) -> None:
        """Its state is let go by itself."""
