"""When a lease that nobody holds may be taken: not at the first look, nor while Redis is slow.

A leader renews its lease several times before it runs out. If Redis stood still meanwhile, it runs
out all the same, and whoever asks first afterwards would take it from a leader that lives. So a
lease counts as vacant when it was found so twice in a row, and some time after any slow answer.
"""

from __future__ import annotations

from typing import Final

__all__ = ("Vacancy",)

SLOW_S: Final = 0.25
"""An answer that takes longer says nothing of the leader: Redis, or this host, was busy."""

SETTLE_S: Final = 0.5
"""How long a leader has after that to renew its lease."""


class Vacancy:
    """What one process has seen of a lease. Times are seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._was_free = False
        self._not_before_s = float("-inf")

    def looked(self, *, is_free: bool, asked_s: float, answered_s: float) -> bool:
        """Take in a look; whether the lease may be taken now."""
        if answered_s - asked_s > SLOW_S:
            self.failed(answered_s)
        was_free, self._was_free = self._was_free, is_free
        return is_free and was_free and answered_s >= self._not_before_s

    def failed(self, now_s: float) -> None:
        """A look brought no answer, or a late one."""
        self._not_before_s = now_s + SETTLE_S
