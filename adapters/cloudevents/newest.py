"""The newest events of a tenant, kept for all in this process who follow them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.cloudevents.places import Places
from adapters.cloudevents.position import BEGIN, Position
from adapters.cloudevents.told import WEIGHT_BYTES, Told, told_in
from router.record import Record, encode_record

__all__ = ("Newest", "Page")

KEPT_BYTES: Final = 32 * 1024**2
"""Who falls further behind reads the journal again."""

GATHER_S: Final = 0.01
"""Whoever waits is woken at most so often: a hundred followers cost the same for a burst of
records as for one."""


class Page(NamedTuple):
    """Events in order, and how far whoever has had them has come."""

    told: Sequence[Told]
    upto: Position


class _Batch:
    """One record; its events are made when somebody wants them."""

    def __init__(self, upto: Position, record: Record, weight: int) -> None:
        self.upto = upto
        self.weight = weight
        self._record: Record | None = record
        self._told: Sequence[Told] = ()

    def told(self, tenant: str, places: Places) -> Sequence[Told]:
        record, self._record = self._record, None
        if record is not None:
            self._told = told_in(tenant, self.upto.record_id, encode_record(record), places)
        return self._told


class Newest:
    """The newest records of one tenant, as events; whoever folds the journal adds each in turn."""

    def __init__(self, tenant: str, places: Places, kept_bytes: int = KEPT_BYTES) -> None:
        self.tenant = tenant
        self.places = places
        self.upto = BEGIN
        """The last record that was added."""

        self._since = BEGIN
        self._kept_bytes = kept_bytes
        self._batches: list[_Batch] = []
        self._dropped = 0
        self._weight = 0
        self._arrived = asyncio.Event()
        self._is_due = False

    def begin(self, upto: Position) -> None:
        """Nothing up to ``upto`` will be added."""
        self._batches, self._dropped, self._weight = [], 0, 0
        self.upto = self._since = upto

    def add(self, record_id: str, record: Record, record_bytes: int) -> None:
        """Add the next record."""
        self.upto = Position.of_record(record_id)
        self.places.take_all(self.upto, record.events)
        weight = record_bytes + WEIGHT_BYTES * len(record.events)
        self._batches.append(_Batch(self.upto, record, weight))
        self._weight += weight
        while self._weight > self._kept_bytes:
            self._drop_first()
        self._wake()

    def has(self, after: Position) -> bool:
        """Whether all that came after a position is here."""
        return after >= self._since

    def after(self, position: Position, events_max: int) -> Page:
        """The events after a position, for which :meth:`has` holds; at most so many, or those of
        one record."""
        at = bisect_right(self._batches, position, lo=self._dropped, key=lambda one: one.upto)
        told: list[Told] = []
        upto = position
        while at < len(self._batches) and len(told) < events_max:
            batch = self._batches[at]
            told += _left(batch.told(self.tenant, self.places), position)
            upto = batch.upto
            at += 1
        return Page(told, max(upto, position))

    async def wait(self, position: Position, timeout_s: float) -> None:
        """Wait until something has come after a position, at most so long."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.upto <= position:
                    await self._arrived.wait()
        except TimeoutError:
            pass

    def _drop_first(self) -> None:
        batch = self._batches[self._dropped]
        self._since = batch.upto
        self._weight -= batch.weight
        self._dropped += 1
        if self._dropped * 2 > len(self._batches):
            del self._batches[: self._dropped]
            self._dropped = 0

    def _wake(self) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(GATHER_S, self._woken)

    def _woken(self) -> None:
        self._is_due = False
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()


def _left(told: Sequence[Told], position: Position) -> Sequence[Told]:
    """The events of a record that come after a position."""
    if not told or told[0].position > position:
        return told
    return [one for one in told if one.position > position]
