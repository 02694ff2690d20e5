"""Opening hours: is somebody there at this moment? Pure; the zone's rules are read once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.policy import DAYS, Hours

__all__ = ("OpeningHours",)

DAY_MINUTES: Final = 24 * 60
ONE_DAY: Final = timedelta(days=1)

Minutes = tuple[tuple[int, int], ...]
"""Begin and end in minutes of the day; an end past midnight lies in the next one."""


class OpeningHours:
    """The hours of one calendar, ready to be asked."""

    def __init__(self, hours: Hours) -> None:
        self._zone = ZoneInfo(hours.zone)
        self._week = [_minutes(hours.week.get(day, ())) for day in DAYS]
        self._dates: dict[date, Minutes] = dict.fromkeys(
            map(date.fromisoformat, hours.holidays), ()
        )
        for day, ranges in hours.dates.items():
            self._dates[date.fromisoformat(day)] = _minutes(ranges)

    def is_open(self, now_ms: int) -> bool:
        """Whether the moment lies in a range of its day, or in one that began the day before."""
        local = datetime.fromtimestamp(now_ms // 1_000, self._zone)
        minute = local.hour * 60 + local.minute
        today = local.date()
        return _is_in(minute, self._on(today)) or _is_in(
            minute + DAY_MINUTES, self._on(today - ONE_DAY)
        )

    def _on(self, day: date) -> Minutes:
        ranges = self._dates.get(day)
        return self._week[day.weekday()] if ranges is None else ranges


def _is_in(minute: int, ranges: Minutes) -> bool:
    return any(begin <= minute < end for begin, end in ranges)


def _minutes(ranges: list[str] | tuple[str, ...]) -> Minutes:
    found = []
    for each in ranges:
        begin, end = (int(at[:2]) * 60 + int(at[3:]) for at in each.split("-"))
        found.append((begin, end if end > begin else end + DAY_MINUTES))
    return tuple(found)
