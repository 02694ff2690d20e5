"""The keys of a server: values with an expiry, and a count of changes for each, for WATCH."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from tests.simulation.store.replies import WRONG_TYPE, ErrorReply
from tests.simulation.store.streams import Stream

__all__ = ("Hash", "Keyspace", "Value")


class Hash(dict[bytes, bytes]):
    """A hash: values by field."""


Value: TypeAlias = bytes | Stream | Hash
Kind = TypeVar("Kind", bytes, Stream, Hash)


class Keyspace:
    """What a server holds. ``now_us`` tells its wall clock, which may jump."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.now_us = now_us
        self.block_entries = 100
        self._values: dict[bytes, Value] = {}
        self._expires_ms: dict[bytes, int] = {}
        self._changes: dict[bytes, int] = {}
        self.grown: set[bytes] = set()
        """Streams that were added to since somebody last looked."""

    @property
    def now_ms(self) -> int:
        """The server's time."""
        return self.now_us() // 1_000

    def clear(self) -> None:
        """Hold nothing."""
        self._values.clear()
        self._expires_ms.clear()

    def find(self, key: bytes, kind: type[Kind]) -> Kind | None:
        """The value of a key, None if there is none. It must be of that kind."""
        value = self.value(key)
        if value is not None and not isinstance(value, kind):
            raise ErrorReply(WRONG_TYPE)
        return value

    def value(self, key: bytes) -> Value | None:
        """The value of a key, whatever it is."""
        expires_ms = self._expires_ms.get(key)
        if expires_ms is not None and expires_ms <= self.now_ms:
            self.drop(key)
        return self._values.get(key)

    def put(self, key: bytes, value: Value) -> None:
        """Set a key anew, without an expiry."""
        self._values[key] = value
        self._expires_ms.pop(key, None)
        self.touch(key)

    def drop(self, key: bytes) -> bool:
        """Delete a key; whether it was there."""
        self._expires_ms.pop(key, None)
        if self._values.pop(key, None) is None:
            return False
        self.touch(key)
        return True

    def expire(self, key: bytes, at_ms: int) -> None:
        """Let a key end at a time."""
        self._expires_ms[key] = at_ms
        self.touch(key)
        self.value(key)

    def expires_ms(self, key: bytes) -> int | None:
        """When a key ends, if it does."""
        return self._expires_ms.get(key)

    def touch(self, key: bytes) -> None:
        """Note that a key was changed."""
        self._changes[key] = self._changes.get(key, 0) + 1

    def version(self, key: bytes) -> int:
        """How often a key was changed."""
        self.value(key)
        return self._changes.get(key, 0)

    def names(self) -> list[bytes]:
        """All keys, sorted."""
        return sorted(key for key in list(self._values) if self.value(key) is not None)
