"""Opening hours: is somebody there, and when next? Pure; the zone's rules are read once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from router.policy import DAYS, Hours

__all__ = ("OpeningHours",)

DAY_MINUTES: Final = 24 * 60
CALENDAR_ENDS_MS: Final = 221_845_392_000_000
"""The year 9000: there are dates, and those that follow them, until then."""

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

    def opens_ms(self, at_ms: int) -> int:
        """The first moment from this one on that lies within them: itself, or when the next range
        begins. Beyond the calendar they are always open."""
        if at_ms >= CALENDAR_ENDS_MS or self.is_open(at_ms):
            return at_ms
        first = datetime.fromtimestamp(at_ms // 1_000, self._zone).date()
        # each date may close one day of the week
        for days in range(7 * (len(self._dates) + 2)):
            begins_ms = self._begins_ms(first + days * ONE_DAY)
            later = [ms for ms in begins_ms if ms >= at_ms and self.is_open(ms)]
            if later:
                return min(later)
        return at_ms

    def _begins_ms(self, day: date) -> list[int]:
        """When the ranges of a day begin; twice, where the clocks are set back over it."""
        midnight = datetime.combine(day, time(), self._zone)
        begins = (midnight.replace(hour=b // 60, minute=b % 60) for b, _ in self._on(day))
        return [
            round(begin.replace(fold=fold).timestamp()) * 1_000
            for begin in begins
            for fold in (0, 1)
        ]

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
