"""What had happened before the board began to count, from the figures of intervals that are over
(docs/statistics.md), which another process has read from the journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from adapters.statistics.figures import Figures
from adapters.wallboard.counts import MINUTE_MS, MINUTES, QUARTER_MS, QUARTERS, Counts
from adapters.wallboard.floor import Floor

__all__ = ("BY", "longest_ms", "put_minutes", "put_quarters", "whole_from_ms")

BY = ("queue", "channel")
"""How the figures are told apart."""


def put_quarters(floor: Floor, figures: Figures) -> None:
    """Count the quarters of the last day; ``figures`` are of intervals of that length."""
    for interval in figures["intervals"]:
        for row in interval["rows"]:
            cell = floor.cell(row["queue"], row["channel"])
            cell.past.put_quarter(interval["from_ms"] // QUARTER_MS, _counts(row))


def put_minutes(floor: Floor, figures: Figures) -> None:
    """Count the minutes of the last hour, and how many waited at the end of each."""
    waited: dict[tuple[str, str], list[int]] = {}
    over = [each for each in figures["intervals"] if each["to_ms"] % MINUTE_MS == 0]
    for interval in figures["intervals"]:
        for row in interval["rows"]:
            cell = floor.cell(row["queue"], row["channel"])
            cell.past.put(interval["from_ms"] // MINUTE_MS, _counts(row))
    for place, row in _rows(over):
        known = waited.setdefault((row["queue"], row["channel"]), [0] * len(over))
        known[place] = row["waiting"]
    for (queue, channel), earlier in waited.items():
        past = floor.cell(queue, channel).past
        past.waiting = deque([*earlier, *past.waiting], maxlen=MINUTES)


def longest_ms(now_ms: int) -> int:
    """The begin of the first quarter that is of use."""
    return (now_ms // QUARTER_MS - QUARTERS + 1) * QUARTER_MS


def whole_from_ms(figures: Figures, now_ms: int) -> int:
    """Since when the figures tell of everything: since the first record, of which there is more
    before it or not."""
    return max(longest_ms(now_ms), int(figures["first_record_ms"]))


def _rows(intervals: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for place, interval in enumerate(intervals):
        yield from ((place, row) for row in interval["rows"])


def _counts(row: dict[str, Any]) -> Counts:
    offered = row["offered"] - row["moved_in"]  # what moves is told once, where it came in
    return Counts(offered, row["answered"], row["answered_in_target"], row["abandoned"])
