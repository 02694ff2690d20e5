"""Times as they are written in options: zones, intervals, moments, thresholds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.cli.output import UsageError
from adapters.statistics.windows import DAY_MS, Days

__all__ = ("interval_ms_of", "moment_ms_of", "thresholds_of", "zone_of")

MINUTE_MS: Final = 60_000
TOTAL: Final = "total"
THRESHOLDS_MAX: Final = 20
THRESHOLD_S_MAX: Final = 30 * 86_400

_INTERVAL: Final = re.compile(r"([1-9]\d{0,3})(m|h|d|)")
_UNITS_MS: Final = {"": MINUTE_MS, "m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": DAY_MS}


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name. Raises :class:`UsageError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"--zone {name}: there is no such time zone here; write one like Europe/Berlin"
        raise UsageError(message) from None


def interval_ms_of(text: str, *, is_past: bool) -> int:
    """An interval: part of a day; of the past also a day, or 0: all of it. Raises
    :class:`UsageError`."""
    if text == TOTAL and is_past:
        return 0
    found = _INTERVAL.fullmatch(text)
    interval_ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
    if not interval_ms or DAY_MS % interval_ms or (interval_ms == DAY_MS and not is_past):
        more = ", or 1d, or total" if is_past else " (days and longer times: of the past, --from)"
        message = f"--interval {text}: give a part of a day, as 15m, 30m, 1h{more}"
        raise UsageError(message)
    return interval_ms


def moment_ms_of(option: str, text: str, zone: ZoneInfo, now_ms: int) -> int:
    """The moment that a text names, in the zone unless it says otherwise. Raises
    :class:`UsageError`."""
    if text == "now":
        return now_ms
    day = _day_of(text, datetime.fromtimestamp(now_ms / 1_000, zone).date())
    if day is not None:
        return Days(zone).begin_ms(day)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = (
            f"{option} {text}: give a time like 2026-03-02T08:00, 2026-03-02T08:00+01:00, "
            "2026-03-02, today, yesterday or now"
        )
        raise UsageError(message) from None
    if moment.tzinfo is None:
        moment = _local(option, moment, zone)
    return round(moment.timestamp() * 1_000)


def thresholds_of(text: str) -> tuple[int, ...]:
    """Seconds, in their order. Raises :class:`UsageError`."""
    found = text.replace(" ", "").split(",")
    if not all(re.fullmatch(r"[1-9]\d{0,6}", each) for each in found):
        raise UsageError(f"--split-by-wait {text}: give whole seconds, as 5,30,60")
    seconds = tuple(sorted(set(map(int, found))))
    if len(seconds) > THRESHOLDS_MAX or seconds[-1] > THRESHOLD_S_MAX:
        limits = f"at most {THRESHOLDS_MAX} of them, of at most {THRESHOLD_S_MAX:,} seconds"
        raise UsageError(f"--split-by-wait {text}: give {limits}")
    return seconds


def _day_of(text: str, today: date) -> date | None:
    if text in {"today", "yesterday"}:
        return today - timedelta(days=text == "yesterday")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _local(option: str, moment: datetime, zone: ZoneInfo) -> datetime:
    """A time on the clocks of a zone, where they show it just once."""
    once, again = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if once.utcoffset() == again.utcoffset():
        return once
    is_there = once.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    how_often = "comes twice" if is_there else "is skipped"
    message = f"{option} {moment.isoformat()}: that time {how_often} in {zone.key}; add its offset"
    raise UsageError(f"{message}, as {once.isoformat()}")
