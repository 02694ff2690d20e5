"""Answers to requests that came with an idempotency key, in Redis, for every API process."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, Wire

__all__ = ("Kept", "KeptAnswers")

KEPT_S: Final = 86_400
BUSY_S: Final = 60
"""How long a request that is being answered keeps others out, should its process end."""


class Kept(Struct, frozen=True, array_like=True):
    """What is kept under a key; ``status`` is 0 while the first request is being answered."""

    fingerprint: bytes
    status: int = 0
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


_pack = msgspec.msgpack.Encoder().encode
_kept = msgspec.msgpack.Decoder(Kept)


class KeptAnswers:
    """Answers of one tenant in Redis."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire: Wire = endpoint.wire("idempotency")

    async def begin(self, name: str, kept: Kept) -> Kept | None:
        """None: nobody has come with it before, and now it is ours; else what stands there."""
        key = self._keys.idempotency(name)
        found = await self._wire.call("SET", key, _pack(kept), "NX", "GET", "EX", BUSY_S)
        return None if found is None else _kept.decode(found)

    async def keep(self, name: str, kept: Kept) -> None:
        """Keep an answer."""
        await self._wire.call("SET", self._keys.idempotency(name), _pack(kept), "EX", KEPT_S)

    async def forget(self, name: str) -> None:
        """Nothing was done: the next one may try."""
        await self._wire.call("DEL", self._keys.idempotency(name))

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()
