"""A day that was made as `onequeue archive` keeps it: segments, and the states of each hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from adapters.archive.states import keep_state
from adapters.archive.writing import ArchiveWriter
from benchmarks.preview.recorded_day import Entries
from router.engine import Engine
from router.recovery import follow
from router.snapshot.chunks import Packing, pages_of
from router.snapshot.manifest import FORMAT, Manifest, checksum
from router.state import State
from router.tail import Tail

__all__ = ("archive_day", "keep")

BLOCK_RECORDS: Final = 2_000
RELEASE: Final = "simulated"


def archive_day(directory: Path, entries: Entries, every_ms: int) -> int:
    """Archive a day, and the state whenever so much time has passed; how many states."""
    writer = ArchiveWriter(directory, "main")
    for begin in range(0, len(entries), BLOCK_RECORDS):
        writer.append(entries[begin : begin + BLOCK_RECORDS])
    engine, tail = Engine(), Tail()
    states, due_ms = 0, 0
    for record_id, data in entries:
        found = follow(engine, tail, record_id, data)
        tail = tail.after(found, data)
        if not due_ms:
            due_ms = tail.now_ms + every_ms
        if tail.now_ms >= due_ms:
            keep(directory, engine.state, tail, record_id)
            states, due_ms = states + 1, tail.now_ms + every_ms
    return states


def keep(directory: Path, state: State, tail: Tail, record_id: str) -> None:
    """Keep the state after a record, as the archiver does."""
    rows: Counter[str] = Counter()
    chunks = list(_chunks(state, rows))
    manifest = Manifest(
        v=FORMAT,
        release=RELEASE,
        record_id=record_id,
        hash=tail.hash,
        now_ms=tail.now_ms,
        position=tail.position,
        journal_bytes=tail.journal_bytes,
        epoch=tail.epoch,
        is_takeover=tail.is_takeover,
        rows=dict(rows),
        checksums=[checksum(chunk) for chunk in chunks],
        stored_bytes=sum(map(len, chunks)),
    )
    keep_state(directory, manifest, chunks)


def _chunks(state: State, rows: Counter[str]) -> Iterable[bytes]:
    packing = Packing()
    for table, count, page in pages_of(state):
        rows[table] += count
        chunk = packing.add(page)
        if chunk is not None:
            yield chunk
    last = packing.end()
    if last is not None:
        yield last
