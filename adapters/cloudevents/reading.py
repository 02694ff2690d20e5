"""Following the events of a tenant from any position, without a gap and without a repetition.

What is new comes from memory that all share, what is older from the journal, or from an archive.
All have the events in the order of the journal, and a position says exactly what somebody has had:
so whoever is slow changes over from one to the other without noticing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.archive import ArchiveUnusable
from adapters.cloudevents.archived import NOWHERE, ArchivedRecords
from adapters.cloudevents.errors import PositionAhead, PositionGone
from adapters.cloudevents.newest import Newest, Page
from adapters.cloudevents.places import Places
from adapters.cloudevents.position import BEGIN, Position
from adapters.cloudevents.told import Told, told_of
from adapters.redis.archived_journal import Reached
from adapters.redis.journal_stream import last_generated_id, record_in
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, checked

__all__ = ("Past", "Reading")

BEGINNING: Final = "begin"
NOW: Final = "now"
EVENTS_MAX: Final = 512
RECORDS_AT_ONCE: Final = 128
PLACES_MAX: Final = 10_000
"""Interactions that are over which a reader of the past remembers."""


class Past:
    """The history of a tenant, read from any position: the journal, and what has been trimmed from
    it out of an archive, where there is one. All methods may raise
    :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys, archive: Path | None = None) -> None:
        self._keys = keys
        self._wire = endpoint.wire("events")
        self._archived = None if archive is None else ArchivedRecords(archive, keys.tenant)

    async def newest(self) -> Position:
        """Where the journal ends."""
        newest = await last_generated_id(self._wire, self._keys.journal)
        return BEGIN if newest is None else Position(*newest)

    async def oldest(self) -> Position:
        """The position after which there is everything."""
        trimmed = _trimmed_in(await self._wire.call("GET", self._keys.trimmed))
        return trimmed if trimmed == BEGIN else min(trimmed, await self._oldest_archived())

    async def position_of(self, text: str) -> Position:
        """The position that is meant by ``begin``, ``now``, or the id of an event or a record.

        Raises :class:`PositionError`, :class:`PositionGone` and :class:`PositionAhead`.
        """
        if text == BEGINNING:
            return await self.oldest()
        if text == NOW:
            return await self.newest()
        position = Position.parse(text)
        await self.require(position)
        return position

    async def require(self, position: Position) -> None:
        """Raise :class:`PositionGone` or :class:`PositionAhead` for a position from which nobody
        can go on."""
        oldest, newest = await self.oldest(), await self.newest()
        if position < oldest:
            raise PositionGone(str(position), str(oldest))
        if position > newest and not _same_record(position, newest):
            raise PositionAhead(str(position), str(newest))

    async def after(self, position: Position, places: Places) -> Page:
        """The events of the next records after a position; ``places`` takes them in.

        Raises :class:`PositionGone` when some of them are nowhere any more, and
        :class:`router.errors.CorruptJournal`.
        """
        told: list[Told] = []
        upto = position
        for record_id, data in await self.records_after(position):
            upto = Position.of_record(record_id)
            events = told_of(self._keys.tenant, record_id, data, places)
            told += [one for one in events if one.position > position]
        return Page(told, max(upto, position))

    async def records_after(self, position: Position) -> Sequence[tuple[str, bytes]]:
        """The next records that hold something after a position, as (id, bytes).

        Raises :class:`PositionGone`, and :class:`router.errors.CorruptJournal` for a foreign entry.
        """
        start = f"({position.record_id}" if position.is_whole else position.record_id
        found, trimmed = await self._together(
            ("XRANGE", self._keys.journal, start, "+", "COUNT", RECORDS_AT_ONCE),
            ("GET", self._keys.trimmed),
        )
        oldest = _trimmed_in(trimmed)
        if position >= oldest:
            return [record_in(entry) for entry in found]
        if self._archived is None or position < await self._oldest_archived():
            raise PositionGone(str(position), str(await self.oldest()))
        return await self._archived.after(position, RECORDS_AT_ONCE)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _oldest_archived(self) -> Position:
        try:
            return NOWHERE if self._archived is None else await self._archived.oldest()
        except ArchiveUnusable:  # there is none of this tenant
            return NOWHERE

    async def _together(self, *commands: tuple[str | int, ...]) -> tuple[list[list[bytes]], bytes]:
        # in one transaction, so that nothing can be trimmed between the two answers
        *_, answers = await self._wire.exchange(("MULTI",), *commands, ("EXEC",))
        found, trimmed = map(checked, checked(answers))
        return found, trimmed


class Reading:
    """One who follows: ``position`` is what they have had, page by page."""

    def __init__(self, newest: Newest, past: Past, position: Position) -> None:
        self.position = position
        self._newest = newest
        self._past = past
        self._places: Places | None = None

    async def next(self, timeout_s: float) -> Page:
        """The next events, for which it waits up to ``timeout_s``; then a page without any.

        Raises :class:`PositionGone`, :class:`router.errors.CorruptJournal` and
        :class:`router.errors.StoreUnavailable`; the position stays as it was.
        """
        if self._newest.has(self.position):
            self._places = None
            await self._newest.wait(self.position, timeout_s)
        if self._newest.has(self.position):
            page = self._newest.after(self.position, EVENTS_MAX)
        else:
            page = await self._older()
        self.position = page.upto
        return page

    async def _older(self) -> Page:
        if self._places is None:
            self._places = Places(behind=self._newest.places, ended_max=PLACES_MAX)
        return await self._past.after(self.position, self._places)


def _trimmed_in(reply: bytes | None) -> Position:
    record_id = Reached.parse(reply).record_id
    return Position.of_record(record_id) if record_id else BEGIN


def _same_record(one: Position, other: Position) -> bool:
    return one.record_id == other.record_id
