"""Token buckets: how many requests of one credential, or address, are taken in a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

__all__ = ("Rates",)

KNOWN_MAX: Final = 10_000
"""Buckets that are kept; the one that was asked for longest ago is forgotten, and is full."""


class Rates:
    """A bucket for each name, which holds ``burst`` and gains ``per_s`` a second."""

    def __init__(self, per_s: float, burst: int, clock_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock_s = clock_s
        self._full_at_s: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one; 0, or in how many seconds there will be one."""
        now_s = self._clock_s()
        full_at_s = max(now_s, self._full_at_s.get(name, 0.0)) + 1 / self._per_s
        wait_s = full_at_s - now_s - self._burst / self._per_s
        if wait_s > 0:
            return wait_s
        self._keep(name, full_at_s)
        return 0.0

    def wait_s(self, name: str) -> float:
        """0, or in how many seconds there will be one; none is taken."""
        lacking_s = self._full_at_s.get(name, 0.0) - self._clock_s()
        return max(0.0, lacking_s + (1 - self._burst) / self._per_s)

    def _keep(self, name: str, full_at_s: float) -> None:
        self._full_at_s[name] = full_at_s
        self._full_at_s.move_to_end(name)
        if len(self._full_at_s) > KNOWN_MAX:
            self._full_at_s.popitem(last=False)
