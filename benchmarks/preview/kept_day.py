"""A day that was made as `onequeue archive` keeps it: segments, and the states of each hour."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.archive.states import keep_state, packed
from adapters.archive.writing import ArchiveWriter
from benchmarks.preview.recorded_day import Entries
from router.engine import Engine
from router.recovery import follow
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
    keep_state(directory, *packed(state, tail, record_id, RELEASE))
