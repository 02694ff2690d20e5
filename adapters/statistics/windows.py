"""Windows: the interval and the day that a moment lies in, in a named time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

__all__ = ("Bounds", "Windows")


class Bounds(NamedTuple):
    """When the interval and the day began (ms)."""

    interval_ms: int
    day_ms: int


class Windows:
    """The calendar of the statistics. Intervals are counted from midnight, in time that passes:
    where clocks are put forward or back, a day has fewer or more of them."""

    def __init__(self, zone: ZoneInfo, interval_ms: int) -> None:
        self.zone = zone
        self.interval_ms = interval_ms
        self._bounds = Bounds(0, 0)
        self._interval_end_ms = self._day_end_ms = 0

    def at(self, now_ms: int) -> Bounds:
        """The windows of a moment."""
        if not self._bounds.interval_ms <= now_ms < self._interval_end_ms:
            self._look_up(now_ms)
        return self._bounds

    def _look_up(self, now_ms: int) -> None:
        day_ms = self._bounds.day_ms
        if not day_ms <= now_ms < self._day_end_ms:
            today = datetime.fromtimestamp(now_ms / 1_000, self.zone).date()
            day_ms = self._midnight_ms(today.isoformat())
            self._day_end_ms = self._midnight_ms((today + timedelta(days=1)).isoformat())
        interval_ms = now_ms - (now_ms - day_ms) % self.interval_ms
        self._bounds = Bounds(interval_ms, day_ms)
        self._interval_end_ms = min(interval_ms + self.interval_ms, self._day_end_ms)

    def _midnight_ms(self, day: str) -> int:
        local = datetime.combine(datetime.fromisoformat(day), time(), self.zone)
        return round(local.astimezone(UTC).timestamp() * 1_000)
