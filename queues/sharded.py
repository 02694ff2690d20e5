"""A map of many small maps: a million keys without the pause of one large table that grows.

A dict rebuilds its whole table now and then, some 50 ms for a million keys, during which nothing is
matched. Here only one of many tables is rebuilt at a time, in tens of microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from itertools import chain
from typing import Final, Generic, TypeVar, overload
from zlib import crc32

__all__ = ("ShardedDict",)

Value = TypeVar("Value")
Other = TypeVar("Other")

_SHARDS: Final = 512
_MASK: Final = _SHARDS - 1
_MISSING: Final = object()


def _shard(key: str) -> int:
    """Which of the small maps a key is in: by its bytes, as `hash` differs between processes."""
    return crc32(key.encode("utf-8", "surrogatepass")) & _MASK


class ShardedDict(MutableMapping[str, Value], Generic[Value]):
    """Values by string key. Its order of iteration means nothing, but hangs on nothing else than
    what was put in and taken out: it is the same in every process."""

    __slots__ = ("_count", "_shards")

    def __init__(self) -> None:
        self._shards: list[dict[str, Value]] = [{} for _ in range(_SHARDS)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._shards)

    def __getitem__(self, key: str) -> Value:
        return self._shards[_shard(key)][key]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._shards[_shard(key)]

    def __setitem__(self, key: str, value: Value) -> None:
        shard = self._shards[_shard(key)]
        before = len(shard)
        shard[key] = value
        self._count += len(shard) - before

    def __delitem__(self, key: str) -> None:
        del self._shards[_shard(key)][key]
        self._count -= 1

    @overload
    def get(self, key: str, default: None = None, /) -> Value | None: ...
    @overload
    def get(self, key: str, default: Other, /) -> Value | Other: ...
    def get(self, key: str, default: Other | None = None, /) -> Value | Other | None:
        """The value of a key, or ``default``."""
        return self._shards[_shard(key)].get(key, default)

    def shards(self) -> list[dict[str, Value]]:
        """The small maps, for reading one after the other: only what is read meanwhile must not
        change."""
        return self._shards

    def load(self, keys: list[str], values: list[Value]) -> None:
        """Take in many keys with their values."""
        shards = self._shards
        for key, value in zip(keys, values, strict=True):
            shards[_shard(key)][key] = value
        self._count = sum(map(len, shards))

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """Keys and values, as ``items`` has them, without looking each up."""
        return chain.from_iterable([shard.items() for shard in self._shards])

    def contents(self) -> Iterator[Value]:
        """Values, as ``values`` has them, without looking each up."""
        return chain.from_iterable([shard.values() for shard in self._shards])

    def gradually(self) -> Iterator[str]:
        """The keys, while the map may change: those that are there all along, each once; one that
        is added meanwhile may be among them or not, and one that is removed may still be."""
        for shard in self._shards:
            yield from list(shard)

    def take(self, key: str) -> Value:
        """Remove a key and return its value (KeyError if there is none)."""
        value = self._shards[_shard(key)].pop(key)
        self._count -= 1
        return value

    def discard(self, key: str) -> None:
        """Remove a key, if it is there; of a map that holds nothing, at no cost."""
        if self._count and self._shards[_shard(key)].pop(key, _MISSING) is not _MISSING:
            self._count -= 1

    def dismantle(self, most: int) -> bool:
        """Let go of about so many values, for a map that nobody will ask again; whether there are
        more."""
        while most > 0 and self._shards:
            gone = len(self._shards.pop())
            self._count -= gone
            most -= gone
        return bool(self._shards)
