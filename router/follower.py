"""The follower: an engine that folds the journal record by record, while another router writes it.

It decides nothing. What it has folded when its router takes the lead is the state that would come
of a recovery, byte for byte, so that only the last few records are left to be folded then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from router.backoff import Backoff
from router.engine import Engine
from router.errors import CorruptJournal, StoreUnavailable
from router.ports import Journal, JournalReader, Observer, Snapshots
from router.recent import Recent
from router.record import NO_POSITION
from router.recovery import BREATH_BYTES, Recovered, follow, recover
from router.restoration import Remembering, remember
from router.snapshot.manifest import place_of
from router.tail import Tail

__all__ = ("CAUGHT_UP_RECORDS", "Follower", "records_between")

PAGE_RECORDS: Final = 512
BLOCK_MS: Final = 1_000
CAUGHT_UP_RECORDS: Final = 1_000
"""Who is not further behind may lead: so much is folded in some tenths of a second."""

T = TypeVar("T")


class Follower:
    """An engine on its way along the journal.

    ``tail`` is where the journal stands at ``last_id``, the last record that the engine has folded.
    After :class:`CorruptJournal` from any of its methods it must be thrown away.
    ``new_engine`` is for who wants more of the records than the state.
    """

    def __init__(
        self,
        observer: Observer,
        recent: Recent | None = None,
        new_engine: Callable[[], Engine] = Engine,
    ) -> None:
        self.engine = new_engine()
        self.tail = Tail()
        self.last_id = NO_POSITION
        self.has_begun = False
        """Whether the journal could be folded up to where it stood at the start."""

        self.caught_up = False
        """Whether little of the journal was left when it was measured last: it may lead."""

        self.recent = recent
        """The records that were read last, to be written again should the journal lose them."""

        self._new_engine = new_engine
        self._observer = observer
        self._unfinished = False
        self._bytes = 0

    @property
    def recovered(self) -> Recovered:
        """What it has folded so far."""
        return Recovered(self.engine, self.tail, self.last_id)

    async def begin(self, reader: JournalReader, snapshots: Snapshots | None) -> None:
        """Recover what stands in the journal now, and catch up with what came meanwhile."""
        told, recent = self._observer, self.recent
        records = reader if recent is None else Remembering(reader, recent, told)
        recovered = await self._patiently(
            lambda: recover(records, snapshots, told, self._new_engine)
        )
        self.engine, self.tail = recovered.engine, recovered.tail
        self.last_id = recovered.last_id or NO_POSITION
        self.has_begun = True
        await self._catch_up(reader)

    async def run(self, reader: JournalReader) -> None:
        """Follow for ever."""
        while True:
            await self._go_on(reader, 0 if self._unfinished else BLOCK_MS)

    async def finish(self, journal: Journal) -> None:
        """Fold what is left, up to the record by which we have taken the lead.

        After :class:`StoreUnavailable` it may be called again, and goes on where it stood.
        """
        async for record_id, data in journal.records(self.last_id):
            self.take(record_id, data)
            await self._breathe(len(data))

    def take(self, record_id: str, data: bytes) -> None:
        """Fold the record that comes after ``last_id``."""
        record = follow(self.engine, self.tail, record_id, data)
        self.tail, self.last_id = self.tail.after(record, data), record_id
        if self.recent is not None:
            remember(self.recent, record_id, data, self._observer)
        self._observer.replayed(record, len(data))
        self._unfinished = self.engine.keep_up()

    async def measure(self, reader: JournalReader) -> int:
        """How many records stand in the journal and are not folded; the observer is told.

        Those of epochs between are not counted: it is so many, or more. Raises
        :class:`CorruptJournal` when the journal ends before what has been folded.
        """
        folded_id = self.last_id  # a page may be folded while we ask
        newest_id = await reader.newest_id()
        if place_of(newest_id) < place_of(folded_id):
            detail = f"it was there and is gone: the journal ends with {newest_id}"
            raise CorruptJournal(folded_id, detail)
        behind = records_between(self.last_id, newest_id)
        self.caught_up = self.has_begun and behind <= CAUGHT_UP_RECORDS
        self._observer.following(behind)
        return behind

    async def _catch_up(self, reader: JournalReader) -> None:
        while not self.caught_up:
            await self._patiently(lambda: self.measure(reader))
            await self._go_on(reader, 0)

    async def _go_on(self, reader: JournalReader, block_ms: int) -> int:
        """Fold the next page; how many records that were."""
        page = await self._patiently(lambda: reader.read(self.last_id, PAGE_RECORDS, block_ms))
        await self._fold(page)
        if not page and self._unfinished:
            self._unfinished = self.engine.keep_up()
        return len(page)

    async def _fold(self, page: Sequence[tuple[str, bytes]]) -> None:
        for record_id, data in page:
            self.take(record_id, data)
            await self._breathe(len(data))

    async def _breathe(self, folded_bytes: int) -> None:
        self._bytes += folded_bytes
        if self._bytes >= BREATH_BYTES:
            self._bytes = 0
            await asyncio.sleep(0)

    async def _patiently(self, question: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked for until Redis gives one."""
        backoff = Backoff()
        while True:
            try:
                answer = await question()
            except StoreUnavailable as error:
                self._observer.store_error(error, backoff.attempt + 1)
                await asyncio.sleep(backoff.next_s())
            else:
                if backoff.attempt:
                    self._observer.store_recovered(backoff.attempt)
                return answer


def records_between(folded_id: str, newest_id: str) -> int:
    """How many records come after the one up to the other, those of epochs between left out."""
    epoch, lsn = place_of(newest_id)
    folded_epoch, folded_lsn = place_of(folded_id)
    if epoch > folded_epoch:
        return lsn + 1
    return max(0, lsn - folded_lsn) if epoch == folded_epoch else 0
