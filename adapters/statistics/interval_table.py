"""The figures of intervals that are over as a table for people: a line for each, and each group.

Lines that would say nothing are left out, but not those of the total.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from adapters.explain.grid import Grid, Page
from adapters.explain.words import printable
from adapters.statistics.cells import COUNTED, DONE, HANDLED, NONE, SPENT, Columns, splits
from adapters.statistics.figures import Figures
from adapters.statistics.grouping import AGENT, SKILL, Grouping
from adapters.statistics.windows import DAY_MS, Intervals

__all__ = ("IntervalTable",)

NOTHING: Final = frozenset(("0", "0 s", NONE))
"""What the cells of a line say that says nothing."""


class IntervalTable:
    """A table that grows by an interval at a time."""

    def __init__(
        self, intervals: Intervals, by: Grouping, thresholds_s: tuple[int, ...] = ()
    ) -> None:
        self._intervals = intervals
        self._by = by
        self._columns = _columns(by, thresholds_s)
        whole = intervals.whole
        first, last = (_local(at, intervals.zone) for at in (whole.begin_ms, whole.end_ms - 1))
        self._is_one_day = first.date() == last.date()
        self._rows: list[tuple[str, ...]] = []

    def add(self, figures: Figures) -> int:
        """One interval more; how many lines there are by now."""
        at = self._clock(figures["from_ms"])
        for row in figures["rows"]:
            cells = [cell(row) for cell in self._columns.values()]
            if not NOTHING.issuperset(cells):
                self._rows.append((at, *(printable(row[name]) for name in self._by), *cells))
        if self._by not in (AGENT, SKILL):
            names = ["all", *[""] * (len(self._by) - 1)] if self._by else []
            total = {**figures["total"], "agents": figures["agents"]}
            self._rows.append((at, *names, *(cell(total) for cell in self._columns.values())))
        return len(self._rows)

    def page(self) -> Page:
        """The table, with a line above that says of when."""
        head = ("from", *self._by, *self._columns)
        grid = Grid(head, tuple(self._rows), right=tuple(self._columns))
        return [_extent(self._intervals), grid]

    def _clock(self, at_ms: int) -> str:
        """When an interval began, as shortly as it can be said: with the zone's name of that time
        where the clock shows it twice."""
        local = _local(at_ms, self._intervals.zone)
        if self._intervals.interval_ms >= DAY_MS and not (local.hour or local.minute):
            return f"{local:%Y-%m-%d}"
        is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        clock = f"{local:%H:%M %Z}" if is_shown_twice else f"{local:%H:%M}"
        return clock if self._is_one_day else f"{local:%Y-%m-%d} {clock}"


def _columns(by: Grouping, thresholds_s: tuple[int, ...]) -> Columns:
    if by == AGENT:
        return {**DONE, **SPENT}
    columns = {**COUNTED, **splits(thresholds_s), **HANDLED, **_AT_THE_END}
    return {**columns, **_OF_AGENTS} if not by or by == SKILL else columns


def _extent(intervals: Intervals) -> str:
    begin, end = (_local(at_ms, intervals.zone) for at_ms in intervals.whole)
    return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}, {intervals.zone.key}"


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, zone)


_AT_THE_END: Final[Columns] = {"waiting": lambda row: f"{row['waiting']:,}"}
_OF_AGENTS: Final[Columns] = {
    "staffed": lambda row: DONE["staffed"](row["agents"]),
    "occupancy": lambda row: DONE["occupancy"](row["agents"]),
    "unavailable": lambda row: SPENT["unavailable"](row["agents"]),
    "activities": lambda row: SPENT["activities"](row["agents"]),
}
