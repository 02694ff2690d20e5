"""When each row is due: a first pass over the file to know it, a second one to send from.

A file in order of time is streamed; one that is not is sorted in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from adapters.send.rows import Prepared, RowReader
from adapters.send.table import Unreadable

__all__ = ("Due", "Survey", "schedule", "survey")

ROW_STEP_MS: Final = 1_000
"""Distance of rows in a file that has no times."""


class Due(NamedTuple):
    """A row and when it is to be sent, in milliseconds after the start, speed applied."""

    offset_ms: float
    row: Prepared


@dataclass(slots=True)
class Survey:
    """What the first pass saw."""

    rows: int = 0
    unreadable: int = 0
    without_time: int = 0
    first_ms: int | None = None
    last_ms: int = 0
    in_order: bool = True
    channels: Counter[str] = field(default_factory=Counter)

    @property
    def span_ms(self) -> int:
        """From the earliest row to the latest."""
        return 0 if self.first_ms is None else self.last_ms - self.first_ms

    def notes(self, speed: float | None) -> list[str]:
        """What a person should know of the times."""
        notes = []
        if self.without_time and self.without_time < self.rows - self.unreadable:
            notes.append(f"{self.without_time:,} rows have no time: sent with the row before them")
        if not self.in_order and speed is not None:
            notes.append("the rows are not in order of time: sent in order of time")
        return notes


def survey(reader: RowReader, limit: int | None) -> Survey:
    """Read the whole table once."""
    seen = Survey()
    for row, at_ms in _timed(reader, limit):
        seen.rows += 1
        if isinstance(row, Unreadable):
            seen.unreadable += 1
            continue
        seen.channels[row.channel] += 1
        seen.without_time += row.created_ms is None
        seen.in_order = seen.in_order and at_ms >= seen.last_ms
        seen.first_ms = at_ms if seen.first_ms is None else min(seen.first_ms, at_ms)
        seen.last_ms = max(seen.last_ms, at_ms)
    return seen


def schedule(
    reader: RowReader, limit: int | None, seen: Survey, speed: float | None
) -> Iterator[Due | Unreadable]:
    """Every row in the order of its time; ``speed`` None sends all at once, in file order."""
    first_ms = seen.first_ms or 0
    timed = _timed(reader, limit)
    if speed is not None and not seen.in_order:
        timed = iter(sorted(timed, key=lambda pair: pair[1]))
    for row, at_ms in timed:
        if isinstance(row, Unreadable):
            yield row
        else:
            yield Due(0.0 if speed is None else (at_ms - first_ms) / speed, row)


def _timed(reader: RowReader, limit: int | None) -> Iterator[tuple[Prepared | Unreadable, int]]:
    """Rows with a time: their own, else that of the row before, else one second after it."""
    at_ms = 0
    for row in reader.rows(limit):
        if isinstance(row, Prepared):
            if row.created_ms is not None:
                at_ms = row.created_ms
            elif not reader.has_times:
                at_ms += ROW_STEP_MS
        yield row, at_ms
