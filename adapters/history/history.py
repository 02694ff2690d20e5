"""One history of two places: the archive's records, then those that only the journal has.

What comes from the archive is checked whole: sums, order, the hash that each record names of the
one before. Where the journal takes over, its record must name the archive's last. What only the
journal has is given as it stands: whoever folds or checks it sees for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import redis

from adapters.archive import Archive, ArchiveDamaged, kept_states
from adapters.archive.mark import links_of
from adapters.history.errors import HistoryParted, HistoryTrimmed, JournalMissing
from adapters.history.journal import Entry, Journal, tenants_of
from adapters.history.snapshots import Stood, newest_first
from adapters.redis.stream_ids import StreamId
from router.errors import BadSnapshot, CorruptJournal
from router.record import GENESIS, record_hash
from router.snapshot.manifest import Manifest

__all__ = ("History", "counted", "open_history")

FIRST_EVER: Final = "1-0"
PROGRESS_RECORDS: Final = 256


class History:
    """The records of a tenant, as of when it was opened: from ``first`` to ``last``, about
    ``count`` of them. What comes later can be followed.

    Reading raises redis' own errors, :class:`ArchiveDamaged` and :class:`HistoryParted`.
    """

    def __init__(self, tenant: str, journal: Journal | None, archive: Archive | None) -> None:
        self.tenant = tenant
        self._journal = journal
        self._archive = archive if archive is not None and not archive.is_empty else None
        self.first = self.last = ""
        extent = journal.extent() if journal is not None else None
        if extent is None and self._archive is None:
            raise JournalMissing(tenant, tenants_of(journal.client) if journal else ())
        if self._archive is not None:
            self.first, self.last = self._archive.first, self._archive.last.record_id
        if extent is not None:
            self.first, self.last = self.first or extent.first, extent.last
        self.count = extent.length if extent else 0
        if self._archive is not None:
            self.count = max(self._archive.last.records, extent.added if extent else 0)
        if self._archive is not None and journal is not None and extent is not None:
            self._require_together(journal, self._archive, extent.last)

    @property
    def client(self) -> redis.Redis | None:
        """The client of the journal's server, unless only an archive is read."""
        return self._journal.client if self._journal else None

    def records(self, after: str = "", upto: str = "") -> Iterator[Entry]:
        """Every record between two ids ("": from the first on, and up to the last by now)."""
        last: Entry = (after, b"")
        parted: Entry | None = None
        while True:
            at_seam = False
            for entry in self._archived(last[0], upto):
                at_seam = True
                last = entry
                yield entry
            if parted is not None and not at_seam:
                raise _parted(parted[0], last[0])
            parted = None
            for page in self._pages(last[0], upto):
                if not self._goes_on(last, page[0], at_seam=at_seam):
                    parted = page[0]
                    break
                at_seam = False
                yield from page
                last = page[-1]
            if parted is None:
                return

    def backward(self, before: str = "") -> Iterator[Entry]:
        """Every record before an id ("": from the last on), newest first."""
        oldest: Entry | None = None
        for entry in self._journal.backward(before) if self._journal else ():
            oldest = entry
            yield entry
        if self._archive is None:
            return
        self._archive.refresh()
        bound = oldest[0] if oldest else before
        for mark, data in self._archive.backward(bound):
            if oldest is not None and _prev(oldest) != mark.hash:
                raise _parted(oldest[0], mark.record_id)
            oldest = None
            yield mark.record_id, data

    def follow(self, after: str, block_ms: int) -> list[Entry]:
        """The next records after an id, for which it waits up to ``block_ms``."""
        if self._journal is None:
            return []
        return self._journal.follow(after, block_ms)

    def now_ms(self) -> int:
        """The server's time; without a server, that of the last record."""
        if self._journal is not None:
            return self._journal.now_ms()
        return self._archive.last.now_ms if self._archive is not None else 0

    def stood_before(self, now_ms: int) -> Stood | None:
        """The newest state that is kept of before a time, if it belongs to this history: what comes
        after its record is all that is to be read then."""
        kept = kept_states(self._archive.directory) if self._archive is not None else ()
        for load in newest_first(self.client, self.tenant, kept, now_ms):
            try:
                found = load()
            except BadSnapshot:
                continue
            if self._goes_on_from(found.manifest):
                return found
        return None

    def is_whole(self) -> bool:
        """Whether it begins with the first record that the tenant ever had."""
        first = next(self.records(), None)
        return first is None or _begins(first)

    def require_whole(self) -> None:
        """Raise :class:`HistoryTrimmed` unless it begins with the tenant's first record."""
        first = next(self.records(), None)
        if first is not None and not _begins(first):
            raise _trimmed(first)

    def require_newest(self) -> None:
        """Raise :class:`ArchiveDamaged` where the archive ends before what was archived."""
        if self._journal is None or self._archive is None:
            return
        archived = self._journal.archived()
        self._archive.refresh()
        last = self._archive.last
        if last.stream_id < archived:
            newest = self._archive.segments[-1].path
            detail = f"record {archived} was archived, and the archive ends before it"
            raise ArchiveDamaged(newest, newest.stat().st_size, detail, last.record_id)

    def _goes_on_from(self, manifest: Manifest) -> bool:
        """Whether the history has the record of a state, or goes on right behind it."""
        following = next(self.records(after=manifest.record_id), None)
        if following is not None:
            return _prev(following) == manifest.hash
        last = next(self.backward(), None)
        return last is not None and record_hash(last[1]) == manifest.hash

    def _archived(self, after: str, upto: str) -> Iterator[Entry]:
        if self._archive is None:
            return
        bound = StreamId.parse(upto) if upto else None
        for mark, data in self._archive.records(after):
            if bound is not None and mark.stream_id > bound:
                return
            yield mark.record_id, data

    def _pages(self, after: str, upto: str) -> Iterator[list[Entry]]:
        return iter(()) if self._journal is None else self._journal.pages(after, upto)

    def _goes_on(self, last: Entry, following: Entry, *, at_seam: bool) -> bool:
        """Whether the journal goes on with a record. If not, the archive has what is missing by
        now: the journal may be trimmed while it is read."""
        if not last[1] or _prev(following) == record_hash(last[1]):
            return True
        last_id = StreamId.parse(last[0])
        if self._archive is not None:
            self._archive.refresh()
            if self._archive.last.stream_id > last_id:
                return False
        if at_seam:
            raise _parted(following[0], last[0])
        if self._journal is not None and self._journal.trimmed() > last_id:
            raise _trimmed(following)
        return True

    def _require_together(self, journal: Journal, archive: Archive, last: str) -> None:
        """See that the journal still has what the archive ends with, or goes on from there."""
        mark = archive.last
        if StreamId.parse(last) < mark.stream_id:
            detail = f"the journal ends with it, the archive with {mark.record_id}"
            raise HistoryParted(last, detail)
        found = journal.record(mark.record_id)
        extent = journal.extent() if found is None else None
        if found is not None and record_hash(found) != mark.hash:
            raise HistoryParted(mark.record_id, "it is another one in the archive")
        if extent is not None and StreamId.parse(extent.first) < mark.stream_id:
            raise HistoryParted(mark.record_id, "it is in the archive, and not in the journal")


def open_history(client: redis.Redis | None, tenant: str, archive: Path | None = None) -> History:
    """The history of a tenant, on a server, in an archive, or both.

    Raises :class:`JournalMissing`, :class:`adapters.redis.keys.TenantError`,
    :class:`adapters.archive.ArchiveUnusable` and all that reading raises.
    """
    # the archive first: the journal then has at least what it has
    opened = Archive(archive, tenant) if archive is not None else None
    return History(tenant, Journal(client, tenant) if client is not None else None, opened)


def counted(entries: Iterator[Entry], on_progress: Callable[[int], None] | None) -> Iterator[Entry]:
    """The same, telling now and then how many have been given."""
    if on_progress is None:
        yield from entries
        return
    for number, entry in enumerate(entries, start=1):
        yield entry
        if number % PROGRESS_RECORDS == 0:
            on_progress(number)


def _prev(entry: Entry) -> bytes:
    """The hash that a record names; none if it cannot be read, which others will find."""
    try:
        return links_of(*entry).prev
    except CorruptJournal:
        return b""


def _begins(first: Entry) -> bool:
    return first[0] == FIRST_EVER or _prev(first) in (GENESIS, b"")


def _parted(record_id: str, last_id: str) -> HistoryParted:
    detail = f"its prev is not the hash of record {last_id}, with which the archive ends"
    return HistoryParted(record_id, detail)


def _trimmed(first: Entry) -> HistoryTrimmed:
    moment = datetime.fromtimestamp(links_of(*first).now_ms / 1_000, UTC)
    return HistoryTrimmed(first[0], f"{moment:%Y-%m-%d %H:%M:%S} UTC")
