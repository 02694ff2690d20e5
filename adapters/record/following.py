"""Following a tenant's journal into its record: every journal record once, whatever is killed when.

The position is written in the same transaction as what was folded, so there is no moment at which
one is there and the other is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import structlog

from adapters.cloudevents.errors import PositionAhead, PositionGone
from adapters.cloudevents.position import Position
from adapters.cloudevents.reading import Past
from adapters.record.database import Database
from adapters.record.erasing import erase_interactions
from adapters.record.errors import RecordCut, RecordParted, RecordUnavailable
from adapters.record.folding import Folding
from adapters.record.messages import Feed, feed_position, take_in
from adapters.record.meters import RecordMeters
from adapters.record.position import Place, advance, take_over
from adapters.redis.journal_stream import record_of
from adapters.redis.stream_ids import StreamId
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.ports import JournalReader
from router.record import NO_POSITION, Record, record_hash

__all__ = ("Following",)

WAIT_MS: Final = 1_000
"""How long it waits for something to be written before it looks again."""


class Following:
    """One tenant's journal, followed into one database."""

    def __init__(
        self,
        past: Past,
        reader: JournalReader,
        database: Database,
        tenant: str,
        meters: RecordMeters,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._past = past
        self._reader = reader
        self._database = database
        self._tenant = tenant
        self._meters = meters
        self._log = logger
        self._turn = asyncio.Lock()
        self.place = Place()

    async def begin(self) -> None:
        """Become the one who writes. Raises :class:`StoreUnavailable`, :class:`RecordUnavailable`,
        :class:`RecordCut` where what comes next is nowhere any more, and :class:`RecordParted`
        where the journal ends before the record does."""
        self.place = await take_over(self._database, self._tenant)
        try:
            await self._past.require(_position(self.place))
        except PositionAhead as error:
            raise _ahead(self.place, error.newest) from None
        except PositionGone as error:
            raise RecordCut(error.position, error.oldest) from None
        self._meters.reached(self.place)

    async def run(self) -> None:
        """Follow for ever. Raises :class:`RecordFenced`, :class:`RecordParted`,
        :class:`CorruptJournal` and :class:`RecordCut`."""
        backoff = Backoff()
        while True:
            try:
                if not await self.step():
                    await self._wait()
                backoff.reset()
            except (StoreUnavailable, RecordUnavailable) as error:
                self._meters.failed(error)
                if not backoff.attempt:
                    self._log.warning("cannot go on, trying again", error=str(error))
                await asyncio.sleep(backoff.next_s())

    async def step(self) -> int:
        """Fold the next page; how many records it had. Raises as :meth:`run` and
        :class:`StoreUnavailable`, :class:`RecordUnavailable`."""
        async with self._turn:
            try:
                page = await self._past.records_after(_position(self.place))
            except PositionGone as error:
                raise RecordCut(error.position, error.oldest) from None
            if page:
                await self._fold(*self._decoded(page))
        return len(page)

    async def hear(self, feed: Feed) -> None:
        """Take in what is said, for ever. Raises :class:`RecordFenced`."""
        backoff = Backoff()
        while True:
            try:
                if not await self.hear_next(feed):
                    await feed.wait(WAIT_MS)
                backoff.reset()
            except (StoreUnavailable, RecordUnavailable) as error:
                self._meters.failed(error)
                await asyncio.sleep(backoff.next_s())

    async def hear_next(self, feed: Feed) -> int:
        """Take in the next that was said; how many entries of the feed. Raises as :meth:`hear`,
        and :class:`StoreUnavailable`, :class:`RecordUnavailable`."""
        async with self._turn:
            async with self._database.session() as session:
                position = await feed_position(session, self._tenant)
            heard = await feed.after(position)
            if heard:
                async with self._database.session(writes=True) as session:
                    await take_in(session, self._tenant, self.place.writer, position, heard)
                self._meters.messages.inc(len(heard))
        return len(heard)

    async def erase(self, interactions: Collection[str]) -> None:
        """Erase the customers whose interactions these were, between two pages. Waits until the
        database can do it."""
        backoff, is_done = Backoff(), False
        while not is_done:
            try:
                async with self._turn, self._database.session(writes=True) as session:
                    await erase_interactions(session, self._tenant, interactions)
                is_done = True
            except RecordUnavailable as error:
                self._meters.failed(error)
                await asyncio.sleep(backoff.next_s())

    async def _fold(self, records: list[Record], after: Place) -> None:
        async with self._database.session(writes=True) as session:
            # first, so that nothing is folded by whoever may not, or a second time
            await advance(session, self._tenant, self.place, after)
            await Folding(session, self._tenant).fold(records)
        self.place = after
        self._meters.folded(records, after)

    async def _wait(self) -> None:
        """Wait for something to be written; a journal that has lost its end would never say so."""
        self._meters.caught_up()
        newest = await self._reader.newest_id()
        if StreamId.parse(newest) < StreamId.parse(self.place.record_id):
            raise _ahead(self.place, newest)
        await self._reader.read(self.place.record_id, 1, WAIT_MS)

    def _decoded(self, page: Sequence[tuple[str, bytes]]) -> tuple[list[Record], Place]:
        """The records of a page, each of which names the one before it."""
        records: list[Record] = []
        place = self.place
        for record_id, data in page:
            record = record_of(record_id, data)
            if record.prev != place.record_hash:
                raise RecordParted(record_id, f"it does not follow {place.record_id}")
            records.append(record)
            place = Place(
                record_id, record_hash(data), record.now_ms, place.records + 1, place.writer
            )
        return records, place


def _position(place: Place) -> Position:
    return Position(0, 0) if place.record_id == NO_POSITION else Position.of_record(place.record_id)


def _ahead(place: Place, newest: str) -> RecordParted:
    return RecordParted(place.record_id, f"the journal ends before it, with {newest}")
