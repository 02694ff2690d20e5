"""Intervals that are over: the figures of each, as it stood when it ended.

An interval is told by the same fold and the same counts as the running one: when the first record
after it comes, all that is to be said of it is known. So the journal is folded from its first
record on, whatever the time that is asked for, and nothing is kept of an interval that was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.statistics.figures import Figures, Moment
from adapters.statistics.grouping import AGENT, SKILL, Grouping
from adapters.statistics.staff import Staff
from adapters.statistics.staffing import Agent
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals
from router.record import Record

__all__ = ("blank_line", "figures_of_intervals", "lines_of")


def figures_of_intervals(
    statistics: Statistics, intervals: Intervals, records: Iterator[Record], by: Grouping
) -> Iterator[Figures]:
    """The figures of one interval after the other; ``records`` are those of the journal."""
    ahead = next(records, None)
    for interval in intervals:
        while ahead is not None and ahead.now_ms < interval.end_ms:
            statistics.fold(ahead)
            ahead = next(records, None)
        statistics.advance(interval.end_ms)
        moment = Moment(intervals.names, interval.end_ms, (interval.begin_ms,))
        yield {
            "from": _told(interval.begin_ms, intervals.zone),
            "to": _told(interval.end_ms, intervals.zone),
            "from_ms": interval.begin_ms,
            "to_ms": interval.end_ms,
            "agents": moment.staff(statistics.staffing.everybody),
            "total": moment.group(statistics.everything),
            "rows": list(moment.rows(statistics, by, quiet=False)),
        }


def lines_of(figures: Figures, by: Grouping) -> Iterator[Figures]:
    """An interval line by line, each with the time that it tells of: its groups, or the total."""
    when = {name: figures[name] for name in ("from", "to", "from_ms", "to_ms")}
    if by:
        yield from ({**when, **row} for row in figures["rows"])
    else:
        yield {**when, **figures["total"], "agents": figures["agents"]}


def blank_line(statistics: Statistics, by: Grouping) -> Figures:
    """A line that says nothing: what every other has, it has too."""
    moment, staff = Moment((), 0, (0,)), Staff()
    when: Figures = dict.fromkeys(("from", "to", "from_ms", "to_ms", *by))
    if by == AGENT:
        return {**when, **moment.agent(Agent(staff))}
    agents = {} if by and by != SKILL else {"agents": moment.staff(staff)}
    return {**when, **moment.group(statistics.new_group()), **agents}


def _told(at_ms: int, zone: ZoneInfo) -> str:
    """A time in its zone, with the offset: where clocks are put back, an hour comes twice."""
    return datetime.fromtimestamp(at_ms / 1_000, zone).isoformat(timespec="seconds")
