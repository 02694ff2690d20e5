"""Service levels by brute force: every outcome that has been counted, with its moment."""

from __future__ import annotations

from collections.abc import Collection

HALF_AN_HOUR_MINUTES = 30
LEAST = 5


class Levels:
    """Outcomes in the queues of which a condition asks for the service level."""

    def __init__(self) -> None:
        self._outcomes: list[tuple[str, int, bool]] = []

    def count(self, queue: str, now_ms: int, *, in_target: bool) -> None:
        self._outcomes.append((queue, now_ms // 60_000, in_target))

    def keep_only(self, queues: Collection[str]) -> None:
        self._outcomes = [one for one in self._outcomes if one[0] in queues]

    def share(self, queue: str, now_ms: int) -> int | None:
        """The share in target in ppm; None: nobody knows."""
        first = now_ms // 60_000 - (HALF_AN_HOUR_MINUTES - 1)
        young = [good for name, minute, good in self._outcomes if name == queue and minute >= first]
        return None if len(young) < LEAST else sum(young) * 1_000_000 // len(young)
