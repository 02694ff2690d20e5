"""Windows: days of a zone, intervals from midnight, also where clocks are put forward or back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.integral import Integral
from adapters.statistics.windows import Intervals, Span, Windows

BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str, *, fold: int = 0) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("now", "interval"),
    [
        ("2026-01-15T00:00", "2026-01-15T00:00"),
        ("2026-01-15T10:29:59.999", "2026-01-15T10:15"),
        ("2026-01-15T10:30", "2026-01-15T10:30"),
        ("2026-01-15T23:59:59", "2026-01-15T23:45"),
        ("2026-03-29T01:59", "2026-03-29T01:45"),
        ("2026-03-29T03:01", "2026-03-29T03:00"),
    ],
)
def test_intervals(now: str, interval: str) -> None:
    assert Windows(BERLIN, 900_000).at(ms(now)) == (ms(interval), ms(now[:10] + "T00:00"))


def test_a_long_day_is_one_day() -> None:
    windows, begin = Windows(BERLIN, 3_600_000), ms("2026-10-25T00:00")
    found = [windows.at(begin + hour * 3_600_000) for hour in range(26)]
    assert {day_ms for _, day_ms in found[:25]} == {begin}
    assert [interval_ms for interval_ms, _ in found] == [begin + h * 3_600_000 for h in range(26)]
    assert found[25][1] == ms("2026-10-26T00:00")


def test_where_midnight_does_not_exist_the_day_begins_at_one() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    noon = datetime(2026, 3, 29, 12, tzinfo=beirut)
    _, day_ms = Windows(beirut, 900_000).at(round(noon.timestamp() * 1_000))
    assert datetime.fromtimestamp(day_ms / 1_000, beirut).hour == 1


def hours(intervals: Intervals) -> list[float]:
    return [(each.end_ms - each.begin_ms) / 3_600_000 for each in intervals]


@pytest.mark.parametrize(
    ("first", "length"),
    [("2026-03-28T00:00", 23), ("2026-10-24T00:00", 25), ("2026-05-01T00:00", 24)],
)
def test_days_are_as_long_as_they_are(first: str, length: int) -> None:
    whole = Span(ms(first), ms(first) + (48 + length) * 3_600_000)
    assert hours(Intervals(BERLIN, 86_400_000, whole)) == [24, length, 24]


def test_hours_of_a_day_whose_clocks_change() -> None:
    whole = Span(ms("2026-10-25T00:00"), ms("2026-10-26T00:00"))
    assert hours(Intervals(BERLIN, 3_600_000, whole)) == [1] * 25
    assert hours(Intervals(BERLIN, 12 * 3_600_000, whole)) == [12, 12, 1]


def test_intervals_at_the_ends_are_cut_short() -> None:
    whole = Span(ms("2026-01-15T10:10"), ms("2026-01-15T11:20"))
    assert hours(Intervals(BERLIN, 1_800_000, whole)) == [1 / 3, 1 / 2, 1 / 3]
    assert list(Intervals(BERLIN, 0, whole)) == [whole]
    assert hours(Intervals(BERLIN, 86_400_000, whole)) == [70 / 60]


def test_what_was_before_the_first_interval_is_counted_apart() -> None:
    whole = Span(ms("2026-01-15T10:10"), ms("2026-01-15T11:20"))
    intervals = Intervals(BERLIN, 900_000, whole)
    moments = ("2026-01-14T00:00", "2026-01-15T10:09", "2026-01-15T10:10", "2026-01-15T10:31")
    begun = [intervals.at(ms(moment))[0] for moment in moments]
    assert begun == [0, 0, whole.begin_ms, ms("2026-01-15T10:30")]


def test_time_is_summed_from_where_a_window_begins() -> None:
    integral = Integral()
    integral.add(2, 1_000, (0, 0))
    assert integral.at(4_000, (0, 0)) == (6_000, 6_000)
    assert integral.at(12_000, (10_000, 0)) == (4_000, 22_000)
    integral.add(-2, 13_000, (10_000, 0))
    assert integral.at(50_000, (40_000, 0)) == (0, 24_000)
    assert integral.at(90_000, (80_000, 80_000)) == (0, 0)
    integral.add(3, 90_000, (80_000, 80_000))
    assert integral.at(165_000, (164_000, 160_000)) == (3_000, 15_000)
