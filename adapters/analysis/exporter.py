"""One export, step by step: records go through the fold into a batch, and batches are committed.

What was committed is the only memory of how far it has come. A batch is bounded in rows and bytes,
so an export needs no more memory for a year of history than for an hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from adapters.analysis.compacting import Compacting
from adapters.analysis.errors import ExportParted
from adapters.analysis.fold import Fold, Row
from adapters.analysis.folder import Folder, Reached
from adapters.analysis.schema import TABLES
from adapters.history import History
from adapters.history.journal import Entry
from adapters.policies.versions import newest_first
from adapters.privacy.marks import Marks, marks_of
from adapters.redis.stream_ids import StreamId
from router.record import previous_hash, record_hash

__all__ = ("Exporter", "Limits")

RECORDS_AT_ONCE: Final = 512
"""As many records are read before it is looked whether to commit, or to stop."""


class Limits(Struct, frozen=True, kw_only=True):
    """When a batch is committed: at so many rows or bytes of events, or when it is so old (ms)."""

    rows: int = 20_000
    size_bytes: int = 32 * 1024**2
    age_ms: int = 60_000


class Exporter:
    """Exports one tenant's history to a directory, which is locked.

    Steps raise what reading a history raises, :class:`ExportParted` and ``OSError``; then
    :meth:`begin` again, and nothing is lost or doubled.
    """

    def __init__(self, directory: Path, tenant: str, limits: Limits) -> None:
        self._directory = directory
        self._tenant = tenant
        self._limits = limits
        self._batch: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._rows = self._bytes = self._since_ms = 0
        self.merged = 0

    def begin(self, history: History) -> None:
        """Go on where the last commit has ended."""
        self._history = history
        self._folder = Folder(self._directory, self._tenant)
        manifest = self._folder.manifest
        self._hash = bytes.fromhex(manifest.hash)
        self.position, self._now_ms = manifest.position, manifest.now_ms
        self.events = manifest.events
        standing = self._folder.standing()
        self._fold = Fold(standing, _newest_marks(history, self.position, standing.policy))
        self._compacting = Compacting(self._folder)
        self._entries: Iterator[Entry] = history.records(self.position)
        self._empty()

    @property
    def committed(self) -> str:
        """The last record that is committed."""
        return self._folder.manifest.position

    def step(self, now_ms: int, block_ms: int) -> int:
        """Take in the next records, for which it waits up to ``block_ms``, and commit if it is
        time; how many there were."""
        count = self._take_in(self._next(block_ms))
        is_full = self._rows >= self._limits.rows or self._bytes >= self._limits.size_bytes
        if self._rows and not self._since_ms:
            self._since_ms = now_ms
        is_old = bool(self._since_ms) and now_ms - self._since_ms >= self._limits.age_ms
        if is_full or is_old:
            self.commit()
        return count

    def commit(self) -> None:
        """Write what was taken in, and put small files together."""
        if self._rows:
            reached = Reached(self.position, self._hash.hex(), self._now_ms, self.events)
            self._folder.commit(self._batch, self._fold.standing, reached)
            self._compacting.added(self._folder.manifest.added)
            self._empty()
        self.merged += self._compacting.compact(_day(self._now_ms))

    def _empty(self) -> None:
        self._batch.clear()
        self._rows = self._bytes = self._since_ms = 0

    def _next(self, block_ms: int) -> list[Entry]:
        found = [entry for _, entry in zip(range(RECORDS_AT_ONCE), self._entries, strict=False)]
        if not found:
            # all that there was has been read: look for what has come since, or wait for it
            self._entries = self._history.records(self.position)
            found = self._history.follow(self.position or "0-0", block_ms) if block_ms else []
            if found and self._is_gap(found[0]):
                return []  # what is missing is in the archive by now
        return found

    def _is_gap(self, entry: Entry) -> bool:
        return bool(self._hash) and previous_hash(entry[1]) != self._hash

    def _take_in(self, entries: list[Entry]) -> int:
        for entry in entries:
            record_id, data = entry
            if self._is_gap(entry):
                raise ExportParted(self.position, record_id)
            for table, row in self._fold.take_in(record_id, data):
                self._batch[table, _day(row[TABLES[table].date])].append(row)
                self._rows += 1
                self._now_ms = max(self._now_ms, row.get("happened_ms", 0))
                self.events += table == "events"
            self._bytes += len(data)
            self.position, self._hash = record_id, record_hash(data)
        return len(entries)


def _newest_marks(
    history: History, position: str, policy: dict[str, object] | None
) -> Marks | None:
    """What is personal by the newest policy: one after the position, else the one as of there."""
    with closing(newest_first(history)) as versions:  # type: ignore[type-var]  # a generator
        for version in versions:
            if position and StreamId.parse(version.record_id) <= StreamId.parse(position):
                break
            return marks_of(version.document)
    return None if policy is None else marks_of(policy)


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1_000, UTC):%Y-%m-%d}"
