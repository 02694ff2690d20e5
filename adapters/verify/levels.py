"""Service levels of the queues of which a condition asks for them: who was answered in time.

Written from docs/groups.md alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Final

from adapters.verify.queue_terms import ONE_PPM

__all__ = ("Levels",)

_MINUTE_MS: Final = 60_000
_MINUTES: Final = 30
_LEAST: Final = 5


class Levels:
    """The outcomes of the last half hour, by queue."""

    def __init__(self) -> None:
        self._outcomes: dict[str, deque[tuple[int, bool]]] = {}

    def count(self, queue: str, now_ms: int, *, in_target: bool) -> None:
        """Somebody was answered, or has given up."""
        self._outcomes.setdefault(queue, deque()).append((now_ms // _MINUTE_MS, in_target))

    def keep(self, queues: Collection[str]) -> None:
        """A policy asks for the service level of these queues and no others."""
        self._outcomes = {name: one for name, one in self._outcomes.items() if name in queues}

    def share_ppm(self, queue: str, now_ms: int) -> int | None:
        """The share in target; None where too little is known."""
        young = self._outcomes.get(queue, deque())
        while young and young[0][0] <= now_ms // _MINUTE_MS - _MINUTES:
            young.popleft()
        if len(young) < _LEAST:
            return None
        return sum(good for _, good in young) * ONE_PPM // len(young)
