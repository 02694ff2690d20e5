"""How long to wait before Redis is tried again."""

from __future__ import annotations

from typing import Final

__all__ = ("Backoff",)

FIRST_S: Final = 0.02
MOST_S: Final = 1.0
"""Longer waits would only add to the outage: one router's tries are no load for a server."""


class Backoff:
    """Waits that double from try to try; ``attempt`` counts the tries since the last reset."""

    def __init__(self) -> None:
        self.attempt = 0

    def next_s(self) -> float:
        """Count a failed try and say how long to wait after it."""
        self.attempt += 1
        return min(MOST_S, FIRST_S * 2.0 ** min(self.attempt - 1, 20))

    def reset(self) -> None:
        """The last try succeeded."""
        self.attempt = 0
