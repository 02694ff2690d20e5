"""The keys that a process has seen lately, so that a request seldom waits for Redis.

What is known is believed for :data:`KNOWN_S`. So a revocation works everywhere within that time,
and where Redis is away, keys go on letting people in for that long and no longer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from adapters.identity.api_key import ApiKey
from adapters.identity.stored_keys import StoredKeys
from router.errors import StoreUnavailable

__all__ = ("KNOWN_S", "KnownKeys")

KNOWN_S: Final = 4.0
"""With the time that a look into Redis takes: below the 5 s in which a revocation is to work."""

KNOWN_MAX: Final = 10_000
UNKNOWN_MAX: Final = 10_000
"""Ids of no key are remembered apart, so that a flood of them drives out no real one."""

USED_WRITTEN_S: Final = 60.0


Value = TypeVar("Value")


class _Seen(NamedTuple):
    key: ApiKey | None
    until_s: float


class KnownKeys:
    """The keys of one tenant. ``monotonic_s`` and ``wall_s`` are clocks."""

    def __init__(
        self, stored: StoredKeys, monotonic_s: Callable[[], float], wall_s: Callable[[], float]
    ) -> None:
        self._stored = stored
        self._monotonic_s = monotonic_s
        self._wall_s = wall_s
        self._known: OrderedDict[str, _Seen] = OrderedDict()
        self._unknown: OrderedDict[str, _Seen] = OrderedDict()
        self._asked: dict[str, asyncio.Task[ApiKey | None]] = {}
        self._used_s: OrderedDict[str, float] = OrderedDict()
        self._noting: set[asyncio.Task[None]] = set()
        self._ids: frozenset[str] = frozenset()
        self._ids_until_s = 0.0

    async def find(self, key_id: str) -> ApiKey | None:
        """The key of that id, as it stood at most :data:`KNOWN_S` ago.

        Raises :class:`StoreUnavailable` when it is not known and Redis does not answer.
        """
        seen = self._known.get(key_id) or self._unknown.get(key_id)
        if seen is not None and self._monotonic_s() < seen.until_s:
            return seen.key
        # those who ask at the same time wait for one answer
        asked = self._asked.get(key_id)
        if asked is None:
            asked = self._asked[key_id] = asyncio.create_task(self._ask(key_id))
            asked.add_done_callback(lambda _: self._asked.pop(key_id, None))
        return await asyncio.shield(asked)

    async def is_listed(self, key_id: str) -> bool:
        """Whether there is a key of that id, as it stood a few seconds ago; it costs nothing to
        ask. Raises :class:`StoreUnavailable`."""
        now_s = self._monotonic_s()
        if now_s >= self._ids_until_s:
            # whoever asks meanwhile is answered by what was so
            self._ids_until_s = now_s + KNOWN_S
            self._ids = await self._stored.ids()
        return key_id in self._ids

    def used(self, key_id: str) -> None:
        """Note that a key has let somebody in; Redis is told at most once a minute."""
        now_s = self._monotonic_s()
        if now_s < self._used_s.get(key_id, 0.0):
            return
        _remember(self._used_s, key_id, now_s + USED_WRITTEN_S, KNOWN_MAX)
        noting = asyncio.create_task(self._note(key_id))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def close(self) -> None:
        """Let what is being written end; close the connection."""
        await asyncio.gather(*self._noting, *self._asked.values(), return_exceptions=True)
        await self._stored.close()

    async def _ask(self, key_id: str) -> ApiKey | None:
        # counted from the question: what is read may be changed while the answer is on its way
        until_s = self._monotonic_s() + KNOWN_S
        key = await self._stored.find(key_id)
        found, other, limit = self._known, self._unknown, KNOWN_MAX
        if key is None:
            found, other, limit = self._unknown, self._known, UNKNOWN_MAX
        other.pop(key_id, None)
        _remember(found, key_id, _Seen(key, until_s), limit)
        return key

    async def _note(self, key_id: str) -> None:
        try:
            await self._stored.used(key_id, round(self._wall_s() * 1_000))
        except StoreUnavailable:
            self._used_s.pop(key_id, None)


def _remember(kept: OrderedDict[str, Value], key: str, value: Value, limit: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > limit:
        kept.popitem(last=False)
