"""A board that begins to count in mid-traffic, and what had happened before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from adapters.statistics.figures import Figures
from adapters.statistics.intervals import figures_of_intervals
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from adapters.wallboard.before import BY, longest_ms, put_minutes, put_quarters, whole_from_ms
from adapters.wallboard.counts import MINUTE_MS, QUARTER_MS, Counts
from adapters.wallboard.floor import Floor
from adapters.wallboard.places import Cell
from tests.adapters.wallboard.house import House


def figures(house: House, interval_ms: int, upto_ms: int) -> Figures:
    begin_ms = house.records[0].now_ms // QUARTER_MS * QUARTER_MS
    intervals = Intervals(ZoneInfo("UTC"), interval_ms, Span(begin_ms, upto_ms))
    statistics = Statistics(intervals, (BY,), ())
    found = figures_of_intervals(statistics, intervals, iter(house.records), BY)
    return {"intervals": list(found), "whole": True, "first_record_ms": begin_ms}


def happened(cell: Cell, from_ms: int, now_ms: int) -> list[tuple[int, ...]]:
    windows: list[Counts] = [
        cell.past.since(from_ms, now_ms),
        *(cell.past.last_minutes(now_ms, 1, skipped) for skipped in range(30)),
    ]
    return [(one.offered, one.answered, one.in_target, one.abandoned) for one in windows]


async def test_who_begins_later_knows_the_same() -> None:
    house = House(1)
    await house.floor.whole(house.now_ms)
    late = Floor(house)
    house.play(60)
    await late.whole(house.now_ms)
    begun_ms = late.counted_from_ms
    earlier = house.floor
    house.floor = late
    house.play(5)
    put_quarters(late, figures(house, QUARTER_MS, begun_ms))
    put_minutes(late, figures(house, MINUTE_MS, begun_ms))
    whole = House(1)
    await whole.floor.whole(whole.now_ms)
    whole.play(65)
    assert whole.now_ms == house.now_ms
    assert earlier.cells.keys() <= whole.floor.cells.keys()
    from_ms = whole.records[0].now_ms // QUARTER_MS * QUARTER_MS
    compared = 0
    for place, cell in whole.floor.cells.items():
        told = happened(late.cell(*place), from_ms, house.now_ms)
        assert told == happened(cell, from_ms, house.now_ms), place
        compared += told[0][0]
        waited = list(cell.past.waiting)
        known = list(late.cell(*place).past.waiting)
        assert known[-len(waited) :] == waited[-len(known) :], place
    assert compared > 100


def test_it_is_told_since_when_everything_is_known() -> None:
    now_ms = 1_700_000_000_000
    day_ms = longest_ms(now_ms)
    assert 25 * 3_600_000 <= now_ms - day_ms < 26 * 3_600_000
    assert whole_from_ms({"first_record_ms": 1}, now_ms) == day_ms
    assert whole_from_ms({"first_record_ms": now_ms - 5_000}, now_ms) == now_ms - 5_000
