"""Redis' time between two samples of it, carried on by a monotonic clock."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ("StoreClock",)


class StoreClock:
    """Tells Redis' time in ms; never goes back, and never below the last record's time.

    ``monotonic`` gives seconds from any origin.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._sampled_ms = 0
        self._sampled_at_s = monotonic()
        self._floor_ms = 0

    def sample(self, store_ms: int) -> None:
        """Redis' time was ``store_ms`` just now, or a while ago: an answer may be late, and one of
        another connection have overtaken it."""
        self.now_ms()
        self._sampled_ms = store_ms
        self._sampled_at_s = self._monotonic()

    def not_before(self, now_ms: int) -> None:
        """From here on, tell no time lower than this."""
        self._floor_ms = max(self._floor_ms, now_ms)

    def now_ms(self) -> int:
        """Redis' time now, as well as we know it."""
        elapsed_ms = int((self._monotonic() - self._sampled_at_s) * 1_000)
        self._floor_ms = max(self._floor_ms, self._sampled_ms + elapsed_ms)
        return self._floor_ms
