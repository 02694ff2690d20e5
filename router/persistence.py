"""Persistence: tries until Redis has answered, and puts back what it has lost of our records."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from router.backoff import Backoff
from router.errors import Fenced, RecordsLost, StoreError, StoreUnavailable, TailLost
from router.events import RecordsRestored
from router.outage import Outage
from router.ports import Appended, DeadLetter, Journal, Observer, WorkEntry
from router.recent import Recent
from router.restoration import Restoration, find_lost

__all__ = ("Persistence", "Stopped", "wait_at_most")

TELL_S_MAX: Final = 10.0
"""How long a router that must stop looks for what has been lost."""

T = TypeVar("T")


class Stopped(Exception):
    """It was time to stop, and Redis had not answered. A message to our own loop, not an error."""


class Persistence:
    """The way of one service to its journal. ``recent`` is what it remembers of the last records.

    ``keep_undelivered`` is given the work entries that could not be restored with their records;
    every method raises :class:`Stopped` once ``stopped`` is set and Redis does not answer.
    """

    def __init__(
        self,
        journal: Journal,
        observer: Observer,
        outage: Outage,
        stopped: asyncio.Event,
        keep_undelivered: Callable[[Sequence[WorkEntry]], None],
    ) -> None:
        self._journal = journal
        self._observer = observer
        self._outage = outage
        self._stopped = stopped
        self._keep_undelivered = keep_undelivered
        self.recent = Recent()
        self.lost: TailLost | None = None
        """Noticed between two appends, to be repaired before the next."""

        self.restored: list[RecordsRestored] = []
        """What has been restored, and the journal does not tell yet."""

    async def persist(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Try until Redis has answered, or it is time to stop."""
        backoff = Backoff()
        while True:
            try:
                answer = await operation()
            except StoreUnavailable as error:
                self._outage.failed("writing", error)
                if self._stopped.is_set():
                    raise Stopped from error
                await wait_at_most(self._stopped, backoff.next_s())
            else:
                self._outage.answered("writing")
                return answer

    async def append(
        self, data: bytes, work: Sequence[WorkEntry], dead: Sequence[DeadLetter]
    ) -> Appended:
        """Append a record with its entries, and remember it."""
        appended = await self.write(lambda: self._journal.append(data, work, dead))
        self.recent.add(appended.record_id, data, work, dead)
        return appended

    async def write(self, operation: Callable[[], Awaitable[T]]) -> T:
        """The same, with all of our records in place: what is missing is put back."""
        while True:
            try:
                return await self.persist(operation)
            except TailLost as lost:
                await self.repair(lost)

    async def repair(self, lost: TailLost) -> None:
        """Redis was replaced by a replica that lagged: bring it to where the journal stood.

        Raises :class:`RecordsLost` when more is missing than we remember.
        """
        if not self.recent.last_id:
            raise RecordsLost(lost.found, lost.ours, lost.ours)
        self._outage.failed("writing", lost)
        await self.restore()
        self.lost = None

    async def restore(self) -> None:
        """Write again what the journal lacks of the records that we remember, if anything."""
        restoration = Restoration(self._journal, self.recent)
        restored = await self.persist(restoration.attempt)
        if restored is not None:
            self._observer.records_restored(restored)
            self._keep_undelivered(restoration.undelivered)
            first, last, records, _, entries, *_ = restored
            told = RecordsRestored(first=first, last=last, count=records, entries=entries)
            self.restored.append(told)

    async def restore_followed(self) -> None:
        """The same, before we lead: others may have led since, and gone on without it."""
        try:
            await self.restore()
        except (Fenced, RecordsLost):
            await self.tell_lost()

    async def tell_lost(self) -> None:
        """Say what of ours the journal has gone on without, and remember it no longer."""
        try:
            async with asyncio.timeout(TELL_S_MAX):
                lost = await self.persist(lambda: find_lost(self._journal, self.recent))
        except (StoreError, TimeoutError, Stopped) as error:
            self._outage.failed("writing", error)
            return
        if lost is not None:
            self._observer.records_lost(lost)
            self.recent.clear()


async def wait_at_most(event: asyncio.Event, delay_s: float) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(delay_s):
            await event.wait()
    except TimeoutError:
        pass
