"""A snapshot of a full floor: what it takes to write one, and an engine out of it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, process_time

from rich.console import Console

from adapters.leading.collecting import undisturbed
from benchmarks.engine.memory import resident_bytes
from benchmarks.engine.progress import stage
from router.engine import Engine
from router.errors import InvariantError
from router.snapshot.chunks import Packing, pages_of, unpacked
from router.snapshot.columns import Columns, decode_page
from router.snapshot.manifest import checksum
from router.snapshot.tables import load
from router.state import State

__all__ = ("Restored", "Written", "restore", "write")


@dataclass(frozen=True, slots=True)
class Written:
    """What the writing took. Between two breaths others have their turn."""

    chunks: list[bytes]
    rows: int
    seconds: float
    processor_seconds: float
    longest_step_ms: float
    raw_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What it took to have an engine again."""

    engine: Engine
    decode_seconds: float
    rebuild_seconds: float
    processor_seconds: float
    longest_step_ms: float
    grown_bytes: int


class _Breaths:
    """The longest time between two breaths."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._last_s = perf_counter()

    def take(self) -> None:
        now_s = perf_counter()
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self._last_s = now_s


def write(state: State, console: Console) -> Written:
    """Write a snapshot into memory."""
    packing, chunks, rows, raw_bytes = Packing(), list[bytes](), 0, 0
    with stage(console, "a snapshot is written", len(state.interactions)) as shown:
        begun_s, processor_s, breaths = perf_counter(), process_time(), _Breaths()
        for _, count, page in pages_of(state):
            chunk = packing.add(page)
            breaths.take()
            chunks += [chunk] if chunk is not None else []
            rows += count
            raw_bytes += len(page)
            shown.show(rows)
        last = packing.end()
        breaths.take()
        chunks += [last] if last is not None else []
        return Written(
            chunks=chunks,
            rows=rows,
            seconds=perf_counter() - begun_s,
            processor_seconds=process_time() - processor_s,
            longest_step_ms=breaths.longest_s * 1e3,
            raw_bytes=raw_bytes,
        )


def restore(written: Written, console: Console) -> Restored:
    """An engine out of what was written, as a router has it that takes the lead.

    Raises :class:`InvariantError` when a snapshot of it is another one.
    """
    before_bytes = resident_bytes()
    engine, state, columns = Engine(), State(), Columns()
    with stage(console, "it is read", len(written.chunks)) as shown, undisturbed():
        processor_s, begun_s, breaths = process_time(), perf_counter(), _Breaths()
        for number, chunk in enumerate(written.chunks):
            for page in unpacked(chunk):
                load(state, decode_page(page), columns)
            breaths.take()
            shown.show(number)
        decoded_s = perf_counter()
        for _ in engine.restore(state):
            breaths.take()
        breaths.take()
        rebuilt_s, processor_s = perf_counter(), process_time() - processor_s
    grown_bytes = resident_bytes() - before_bytes
    if list(map(checksum, write(state, console).chunks)) != list(map(checksum, written.chunks)):
        raise InvariantError("a snapshot of the restored state is another one")
    return Restored(
        engine=engine,
        decode_seconds=decoded_s - begun_s,
        rebuild_seconds=rebuilt_s - decoded_s,
        processor_seconds=processor_s,
        longest_step_ms=breaths.longest_s * 1e3,
        grown_bytes=grown_bytes,
    )
