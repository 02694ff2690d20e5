"""What is over is remembered for a while, within limits, and then forgotten, oldest first."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

from queues.sharded import ShardedDict
from router import limits

__all__ = ("Remembered",)


class _Past(Protocol):
    @property
    def ended_ms(self) -> int: ...


Past = TypeVar("Past", bound=_Past)


class Remembered(Generic[Past]):
    """Things by key, in the order in which they ended (router/limits.py says how many)."""

    __slots__ = ("_by_key", "_order")

    def __init__(self) -> None:
        self._by_key: ShardedDict[Past] = ShardedDict()
        self._order: deque[str] = deque()

    def __contains__(self, key: object) -> bool:
        return key in self._by_key

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Past | None:
        """What became of it, or None."""
        return self._by_key.get(key)

    def keys(self) -> list[str]:
        """All keys, the oldest first."""
        return list(self._order)

    def add(self, key: str, past: Past) -> None:
        """Remember one that is over now, and forget some of those beyond the limits of number and
        age: after an hour in which nothing ended, all of them at once would take too long."""
        self._by_key[key] = past
        self._order.append(key)
        oldest_ms = past.ended_ms - limits.FINISHED_KEPT_MS
        order, by_key = self._order, self._by_key
        for _ in range(limits.FORGOTTEN_AT_ONCE):
            if len(order) <= limits.FINISHED_KEPT_MAX and by_key[order[0]].ended_ms >= oldest_ms:
                return
            del by_key[order.popleft()]

    def load(self, keys: list[str], pasts: list[Past]) -> None:
        """Take in what was remembered elsewhere, in its order; nothing is forgotten for it."""
        self._by_key.load(keys, pasts)
        self._order.extend(keys)

    def in_order(self) -> list[tuple[str, Past]]:
        """Keys with what became of them, the oldest first."""
        return [(key, self._by_key[key]) for key in self._order]
