"""Many small maps in place of a large one, by any key.

A large dict rebuilds its table now and then, and the collector walks through all of it when it was
set aside as holding nothing to collect and then changes: 5 to 10 ms for a hundred thousand keys.
Whatever is iterated belongs into :class:`queues.sharded.ShardedDict`: here the order of keys is
another one in every process.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

__all__ = ("SHARDS", "Shards")

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

SHARDS: Final = 256
_MASK: Final = SHARDS - 1


class Shards(Generic[Key, Value]):
    """The small map in which each key belongs."""

    __slots__ = ("_shards",)

    def __init__(self) -> None:
        self._shards: list[dict[Key, Value]] = [{} for _ in range(SHARDS)]

    def of(self, key: Key) -> dict[Key, Value]:
        """The map of this key, and of some others."""
        return self._shards[hash(key) & _MASK]
