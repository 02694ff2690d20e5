"""Restoration: writing again what a journal has lost of the records that we remember.

A replica that lagged behind was promoted: the journal ends before our last record. As long as
nobody else has written, the missing records can be appended again, as they were, each fenced by
the one before it. Then nothing is lost, and whoever has acted on them was right to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from router.errors import Fenced, RecordsLost
from router.ports import Journal, Observer, RecentRecord, Records, Stretch, WorkEntry
from router.recent import Recent, epoch_of, stretch_of

__all__ = ("Remembering", "Restoration", "find_lost", "remember")


def remember(recent: Recent, record_id: str, data: bytes, observer: Observer) -> None:
    """Take in a record that was read; the observer is told what it shows to be lost."""
    lost = recent.add(record_id, data)
    if lost:
        observer.records_lost(stretch_of(lost))


class Remembering:
    """Records as somebody reads them, each remembered on the way."""

    def __init__(self, records: Records, recent: Recent, observer: Observer) -> None:
        self._records = records
        self._recent = recent
        self._observer = observer

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after this id."""
        async for record_id, data in self._records.records(after):
            remember(self._recent, record_id, data, self._observer)
            yield record_id, data


class Restoration:
    """One repair. After :class:`StoreUnavailable`, ``attempt`` is called again until it returns.

    ``undelivered`` are the work entries that could not be written with their records.
    """

    def __init__(self, journal: Journal, recent: Recent) -> None:
        self._journal = journal
        self._recent = recent
        self._missing: list[RecentRecord] = []
        self.undelivered: list[WorkEntry] = []

    async def attempt(self) -> Stretch | None:
        """Write what is missing; what was missing in all, or None if nothing was.

        Raises :class:`Fenced` when another router has written, :class:`RecordsLost` when more is
        missing than we remember, and :class:`JournalGone`.
        """
        if not self._recent.last_id:
            return None
        # what answers us may still be the server that has been replaced
        await self._journal.reconnect()
        before, data = await self._journal.newest()
        if epoch_of(before) > epoch_of(self._recent.last_id):
            raise Fenced(self._recent.last_id, before)
        missing = self._recent.after(before, data)
        if len(missing) > len(self._missing):
            # or yet another server was promoted meanwhile, which has even less
            self._missing = missing
        for record in missing:
            await self._write(before, record)
            before = record.record_id
        return stretch_of(self._missing) if self._missing else None

    async def _write(self, before: str, record: RecentRecord) -> None:
        failed = await self._journal.restore(before, record)
        self.undelivered += [entry for entry in record.work if entry.inbox in failed]


async def find_lost(journal: Journal, recent: Recent) -> Stretch | None:
    """The records that we remember and that a journal lacks which has gone on without them.

    None when it lacks none, or no longer reaches back so far.
    """
    await journal.reconnect()
    upto = recent.last_id
    while upto:
        found = await journal.newest_upto(upto)
        if found is None:
            return None
        try:
            lost = recent.after(*found)
        except Fenced:
            # another router counts the same epoch as we did: what we share lies before it
            upto = f"({epoch_of(found[0])}-0"
            continue
        except RecordsLost:
            lost = recent.later_than(found[0])
        return stretch_of(lost) if lost else None
    return None
