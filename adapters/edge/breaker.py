"""A breaker: stops asking whoever has failed too often in a row, and tries again after a while."""

from __future__ import annotations

__all__ = ("Breaker",)


class Breaker:
    """Closed after ``failures_max`` failures in a row, for ``pause_s``; then one question may pass,
    and what becomes of it decides. Times are monotonic seconds."""

    def __init__(self, failures_max: int, pause_s: float) -> None:
        self._failures_max = failures_max
        self._pause_s = pause_s
        self._failures = 0
        self._until_s: float | None = None

    @property
    def pausing(self) -> bool:
        """Whether it has failed too often, and has not been seen to answer since."""
        return self._until_s is not None

    def passes(self, now_s: float) -> bool:
        """Whether a question may be asked now."""
        if self._until_s is None:
            return True
        if now_s < self._until_s:
            return False
        self._until_s = now_s + self._pause_s  # nobody else until this one is answered, or lost
        return True

    def succeeded(self) -> None:
        """A question was answered."""
        self._failures = 0
        self._until_s = None

    def failed(self, now_s: float) -> None:
        """A question was not answered, or not in time, or with nonsense."""
        self._failures += 1
        if self._failures >= self._failures_max:
            self._until_s = now_s + self._pause_s
