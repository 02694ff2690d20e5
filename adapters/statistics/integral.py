"""Integrals: how much time something has taken in the interval and in the day so far."""

from __future__ import annotations

from adapters.statistics.windows import Bounds

__all__ = ("Integral",)


class Integral:
    """A number (of agents, say) that changes now and then, summed over time: agent-milliseconds."""

    __slots__ = ("_bounds", "_day", "_interval", "_upto_ms", "value")

    def __init__(self) -> None:
        self.value = 0
        self._upto_ms = 0
        self._bounds = Bounds(0, 0)
        self._interval = self._day = 0

    def add(self, difference: int, now_ms: int, bounds: Bounds) -> None:
        """From now on it is more or less."""
        self.at(now_ms, bounds)
        self.value += difference

    def at(self, now_ms: int, bounds: Bounds) -> tuple[int, int]:
        """The sums of the interval and of the day up to now."""
        if bounds.interval_ms != self._bounds.interval_ms:
            self._interval = 0
        if bounds.day_ms != self._bounds.day_ms:
            self._day = 0
        if self.value:
            self._interval += self.value * (now_ms - max(self._upto_ms, bounds.interval_ms))
            self._day += self.value * (now_ms - max(self._upto_ms, bounds.day_ms))
        self._upto_ms, self._bounds = now_ms, bounds
        return self._interval, self._day
