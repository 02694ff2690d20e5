"""Integrals: how much time something has taken in each window so far."""

from __future__ import annotations

from itertools import zip_longest

from adapters.statistics.windows import Bounds

__all__ = ("Integral",)


class Integral:
    """A number (of agents, say) that changes now and then, summed over time: agent-milliseconds."""

    __slots__ = ("_bounds", "_sums", "_upto_ms", "value")

    def __init__(self) -> None:
        self.value = 0
        self._upto_ms = 0
        self._bounds: Bounds = ()
        self._sums: list[int] = []

    def add(self, difference: int, now_ms: int, bounds: Bounds) -> None:
        """From now on it is more or less."""
        self._go_on(now_ms, bounds)
        self.value += difference

    def at(self, now_ms: int, bounds: Bounds) -> tuple[int, ...]:
        """The sums of the windows up to now."""
        self._go_on(now_ms, bounds)
        return tuple(self._sums)

    def _go_on(self, now_ms: int, bounds: Bounds) -> None:
        if self._bounds != bounds:
            before = zip_longest(bounds, self._bounds, self._sums)
            self._sums = [sum_ms if begun == begin else 0 for begin, begun, sum_ms in before]
            self._bounds = bounds
        if self.value:
            for place, begin_ms in enumerate(bounds):
                self._sums[place] += self.value * (now_ms - max(self._upto_ms, begin_ms))
        self._upto_ms = now_ms
