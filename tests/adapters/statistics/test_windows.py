"""Windows: days of a zone, intervals from midnight, also where clocks are put forward or back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.integral import Integral
from adapters.statistics.windows import Bounds, Windows

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
    assert Windows(BERLIN, 900_000).at(ms(now)) == Bounds(ms(interval), ms(now[:10] + "T00:00"))


def test_a_long_day_is_one_day() -> None:
    windows, begin = Windows(BERLIN, 3_600_000), ms("2026-10-25T00:00")
    found = [windows.at(begin + hour * 3_600_000) for hour in range(26)]
    assert {bounds.day_ms for bounds in found[:25]} == {begin}
    assert [bounds.interval_ms for bounds in found] == [begin + h * 3_600_000 for h in range(26)]
    assert found[25].day_ms == ms("2026-10-26T00:00")


def test_where_midnight_does_not_exist_the_day_begins_at_one() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    noon = datetime(2026, 3, 29, 12, tzinfo=beirut)
    bounds = Windows(beirut, 900_000).at(round(noon.timestamp() * 1_000))
    assert datetime.fromtimestamp(bounds.day_ms / 1_000, beirut).hour == 1


def test_time_is_summed_from_where_a_window_begins() -> None:
    integral = Integral()
    integral.add(2, 1_000, Bounds(0, 0))
    assert integral.at(4_000, Bounds(0, 0)) == (6_000, 6_000)
    assert integral.at(12_000, Bounds(10_000, 0)) == (4_000, 22_000)
    integral.add(-2, 13_000, Bounds(10_000, 0))
    assert integral.at(50_000, Bounds(40_000, 0)) == (0, 24_000)
    assert integral.at(90_000, Bounds(80_000, 80_000)) == (0, 0)
    integral.add(3, 90_000, Bounds(80_000, 80_000))
    assert integral.at(165_000, Bounds(164_000, 160_000)) == (3_000, 15_000)
