"""The API keys of one tenant in Redis: a hash of all keys, and one of when they were last used.

Two hashes, so that a process that only lets people in needs no right to change what lets them in.
"""

from __future__ import annotations

import msgspec

from adapters.identity.api_key import ApiKey, decode_key
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("StoredKeys",)


class StoredKeys:
    """The keys of one tenant. All methods may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("keys")

    async def find(self, key_id: str) -> ApiKey | None:
        """The key of that id; None if there is none, or none that this release can read."""
        stored = await self._wire.call("HGET", self._keys.api_keys, key_id)
        try:
            return None if stored is None else decode_key(stored)
        except msgspec.ValidationError:
            # it may narrow what it gives in a way that only a later release knows
            return None

    async def used(self, key_id: str, now_ms: int) -> None:
        """Write down that a key was used."""
        await self._wire.call("HSET", self._keys.api_keys_used, key_id, now_ms)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()
