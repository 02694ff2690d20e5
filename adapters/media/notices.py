"""Following the feed of all messages from now on: a hint of where to look, not what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.redis.keys import Keys
from adapters.redis.paging import BLOCK_MS_MAX, xread
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from router.record import NO_POSITION

__all__ = ("Notice", "Notices")

ENTRIES_MAX: Final = 500


class Notice(NamedTuple):
    """Something was said in a conversation, or something became of what was said
    (``is_delivery``); ``entry_id`` is the message's place in its dialogue."""

    conversation_id: str
    entry_id: str
    is_delivery: bool


class Notices:
    """Those of one tenant, as they come. Whoever reads dialogues by themselves needs no more: a
    notice that was missed is made up for by looking everywhere once."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._key = keys.messages
        self._wire = endpoint.wire("notices")
        self._position = ""

    async def next(self) -> Sequence[Notice] | None:
        """The next ones; nothing after a few seconds; None: some may have been missed, at the
        beginning and after a fault. Raises :class:`StoreUnavailable`."""
        try:
            if not self._position:
                self._position = await self._last()
                return None
            asked = xread(self._key, self._position, ENTRIES_MAX, BLOCK_MS_MAX)
            streams = await self._wire.call(*asked)
        except StoreUnavailable:
            self._position = ""  # it may be another server by now, with other entries
            raise
        found = streams[0][1] if streams else []
        if found:
            self._position = found[-1][0].decode()
        return [_notice(fields) for _, fields in found]

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _last(self) -> str:
        found = await self._wire.call("XREVRANGE", self._key, "+", "-", "COUNT", 1)
        return found[0][0].decode() if found else NO_POSITION


def _notice(fields: Sequence[bytes]) -> Notice:
    told = dict(zip(fields[::2], fields[1::2], strict=True))
    where, entry = (told.get(name, b"").decode() for name in (b"c", b"e"))
    return Notice(where, entry, told.get(b"k") == b"delivery")
