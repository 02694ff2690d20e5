"""Windows: the interval and the day that a moment lies in, in a named time zone; and the intervals
of a time that is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

__all__ = ("DAY_MS", "Bounds", "Days", "Intervals", "Span", "Windows")

Bounds: TypeAlias = tuple[int, ...]
"""When each of the windows that are counted in began (ms)."""

DAY_MS: Final = 86_400_000


class Span(NamedTuple):
    """A time from its first millisecond to the first one after it."""

    begin_ms: int
    end_ms: int

    def holds(self, now_ms: int) -> bool:
        """Whether a moment lies in it."""
        return self.begin_ms <= now_ms < self.end_ms


_NEVER: Final = Span(0, 0)


class Days:
    """The days of a zone: where clocks are put forward or back, one is shorter or longer."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._today = _NEVER

    def at(self, now_ms: int) -> Span:
        """The day of a moment."""
        if not self._today.holds(now_ms):
            today = datetime.fromtimestamp(now_ms / 1_000, self._zone).date()
            self._today = Span(self.begin_ms(today), self.begin_ms(today + timedelta(days=1)))
        return self._today

    def begin_ms(self, day: date) -> int:
        """When a day begins: at midnight, or a little later where there is none."""
        local = datetime.combine(day, time(), self._zone)
        return round(local.astimezone(UTC).timestamp() * 1_000)

    def interval_at(self, now_ms: int, interval_ms: int) -> Span:
        """The interval of a moment, counted from the day's begin in time that passes: where clocks
        are put forward or back, a day has fewer or more of them. No shorter than a day: the day."""
        day = self.at(now_ms)
        if interval_ms >= DAY_MS:
            return day
        begin_ms = now_ms - (now_ms - day.begin_ms) % interval_ms
        return Span(begin_ms, min(begin_ms + interval_ms, day.end_ms))


class Windows:
    """The windows of a time that goes on: the interval and the day of each moment."""

    names: Final = ("interval", "day")

    def __init__(self, zone: ZoneInfo, interval_ms: int) -> None:
        self.zone = zone
        self.interval_ms = interval_ms
        self._days = Days(zone)
        self._interval = _NEVER
        self._bounds: Bounds = (0, 0)

    def at(self, now_ms: int) -> Bounds:
        """When the interval and the day of a moment began."""
        if not self._interval.holds(now_ms):
            self._interval = self._days.interval_at(now_ms, self.interval_ms)
            self._bounds = (self._interval.begin_ms, self._days.at(now_ms).begin_ms)
        return self._bounds


class Intervals:
    """The intervals that a time is divided into; those at its ends may be cut short.

    ``interval_ms`` 0: it is one. What came before is counted in a window of its own.
    """

    names: Final = ()

    def __init__(self, zone: ZoneInfo, interval_ms: int, whole: Span) -> None:
        self.zone = zone
        self.interval_ms = interval_ms
        self.whole = whole
        self._days = Days(zone)
        self._interval = _NEVER
        self._bounds: Bounds = (0,)

    def __iter__(self) -> Iterator[Span]:
        """One after the other."""
        begin_ms = self.whole.begin_ms
        while begin_ms < self.whole.end_ms:
            interval = self._interval_at(begin_ms)
            yield interval
            begin_ms = interval.end_ms

    def at(self, now_ms: int) -> Bounds:
        """When the interval of a moment began."""
        if not self._interval.holds(now_ms):
            self._interval = self._interval_at(now_ms)
            self._bounds = (self._interval.begin_ms,)
        return self._bounds

    def _interval_at(self, now_ms: int) -> Span:
        if now_ms < self.whole.begin_ms:
            return Span(0, self.whole.begin_ms)
        if not self.interval_ms:
            return self.whole
        found = self._days.interval_at(now_ms, self.interval_ms)
        begin_ms = max(found.begin_ms, self.whole.begin_ms)
        return Span(begin_ms, min(found.end_ms, self.whole.end_ms))
