"""Times in the options of `onequeue stats`: with and without a zone, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.cli.output import UsageError
from adapters.cli.stats_times import interval_ms_of, moment_ms_of, thresholds_of, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
TOO_MANY = ",".join(map(str, range(1, 22)))
NOW_MS = 1_772_444_467_000  # 2026-03-02 10:41:07 in Berlin


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T08:00", "2026-03-02T07:00"),
        ("2026-03-02 08:00:30", "2026-03-02T07:00:30"),
        ("2026-03-02T08:00Z", "2026-03-02T08:00"),
        ("2026-03-02T08:00+05:30", "2026-03-02T02:30"),
        ("2026-03-02", "2026-03-01T23:00"),
        ("2026-07-02", "2026-07-01T22:00"),
        ("today", "2026-03-01T23:00"),
        ("yesterday", "2026-02-28T23:00"),
        ("now", "2026-03-02T09:41:07"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30"),
    ],
)
def test_moments(text: str, utc: str) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment_ms_of("--from", text, BERLIN, NOW_MS) == expected.timestamp() * 1_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "--from soon: give a time like 2026-03-02T08:00"),
        ("2026-02-30", "give a time like"),
        ("2026-03-29T02:30", "is skipped in Europe/Berlin; add its offset"),
        ("2026-10-25T02:30", "comes twice in Europe/Berlin; add its offset"),
    ],
)
def test_moments_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        moment_ms_of("--from", text, BERLIN, NOW_MS)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("15", 900), ("1m", 60), ("30m", 1_800), ("1h", 3_600), ("8h", 28_800)]
)
def test_intervals(text: str, seconds: int) -> None:
    for is_past in (True, False):
        assert interval_ms_of(text, is_past=is_past) == seconds * 1_000


def test_intervals_of_the_past() -> None:
    assert interval_ms_of("1d", is_past=True) == 86_400_000
    assert interval_ms_of("24h", is_past=True) == 86_400_000
    assert interval_ms_of("total", is_past=True) == 0


@pytest.mark.parametrize("text", ["7", "7m", "5h", "0m", "-15m", "15s", "", "2d", "1.5h", "total "])
def test_intervals_that_are_refused(text: str) -> None:
    for is_past in (True, False):
        with pytest.raises(UsageError, match="give a part of a day"):
            interval_ms_of(text, is_past=is_past)


@pytest.mark.parametrize("text", ["1d", "24h", "total"])
def test_long_intervals_are_of_the_past(text: str) -> None:
    with pytest.raises(UsageError, match="of the past, --from"):
        interval_ms_of(text, is_past=False)


def test_thresholds() -> None:
    assert thresholds_of("30, 5,60,5") == (5, 30, 60)


@pytest.mark.parametrize("text", ["", "5,,6", "0", "1.5", "5s", "9999999", TOO_MANY])
def test_thresholds_that_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--split-by-wait"):
        thresholds_of(text)


def test_zones() -> None:
    assert zone_of("Europe/Berlin") == BERLIN
    for name in ("Nowhere/Land", "../../etc/passwd", ""):
        with pytest.raises(UsageError, match="no such time zone"):
            zone_of(name)
