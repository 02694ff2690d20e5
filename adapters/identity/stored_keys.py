"""The API keys of one tenant in Redis: a hash of all keys, and one of when they were last used.

Two hashes, so that a process that only lets people in needs no right to change what lets them in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from adapters.audit.appending import ENTRY_FIELD, STREAM_ENTRIES_MAX
from adapters.identity.api_key import ApiKey, decode_key, encode_key, key_id_of
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Argument, Endpoint, checked

__all__ = ("Change", "Listed", "StoredKeys")


class Listed(NamedTuple):
    """A key, when it was last used (ms since 1970, to the minute; None: never), and what is stored
    of it, byte by byte."""

    key: ApiKey
    used_ms: int | None
    stored: bytes


class Change(NamedTuple):
    """A key as it was found (None: there was none) and as it shall be (None: gone)."""

    before: Listed | None
    after: ApiKey | None


class StoredKeys:
    """The keys of one tenant. All methods may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("keys")
        self._script: Final = load_script("change_keys.lua")

    async def find(self, key_id: str) -> ApiKey | None:
        """The key of that id; None if there is none, or none that this release can read."""
        return _readable(await self._wire.call("HGET", self._keys.api_keys, key_id))

    async def ids(self) -> frozenset[str]:
        """The ids of all keys."""
        found = await self._wire.call("HKEYS", self._keys.api_keys)
        return frozenset(key_id.decode(errors="replace") for key_id in found)

    async def names(self, subjects: Collection[str]) -> Mapping[str, str]:
        """What the keys of these subjects are called, those that have ended included; other
        subjects, and those whose keys are gone, are left out."""
        ids = {subject: key_id for subject in subjects if (key_id := key_id_of(subject))}
        if not ids:
            return {}
        asked = [("HGET", self._keys.api_keys, key_id) for key_id in ids.values()]
        found = [_readable(checked(reply)) for reply in await self._wire.exchange(*asked)]
        return {one: key.name for one, key in zip(ids, found, strict=True) if key is not None}

    async def used(self, key_id: str, now_ms: int) -> None:
        """Write down that a key was used."""
        await self._wire.call("HSET", self._keys.api_keys_used, key_id, now_ms)

    async def all(self) -> dict[str, Listed]:
        """Every key that this release can read, by its id, the oldest first."""
        replies = await self._wire.exchange(
            ("HGETALL", self._keys.api_keys), ("HGETALL", self._keys.api_keys_used)
        )
        stored, used = (_pairs(checked(reply)) for reply in replies)
        found = [
            Listed(key, int(used[field]) if field in used else None, value)
            for field, value in stored.items()
            if (key := _readable(value)) is not None
        ]
        found.sort(key=lambda one: (one.key.created_ms, one.key.key_id))
        return {one.key.key_id: one for one in found}

    async def change(self, changes: Sequence[Change], audit: bytes) -> bool:
        """Change keys and tell the audit, in one step; False when one was changed meanwhile: then
        nothing has been done."""
        arguments: list[Argument] = [ENTRY_FIELD, audit, STREAM_ENTRIES_MAX]
        for before, after in changes:
            key = after if before is None else before.key
            if key is None:
                continue
            arguments += (
                key.key_id,
                b"" if before is None else before.stored,
                b"" if after is None else encode_key(after),
            )
        names = (self._keys.api_keys, self._keys.audit)
        return bool(await self._script.run(self._wire, names, arguments))

    async def forget_uses(self, key_ids: Sequence[str]) -> None:
        """Drop when keys that are gone were last used."""
        await self._wire.call("HDEL", self._keys.api_keys_used, *key_ids)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()


def _readable(stored: bytes | None) -> ApiKey | None:
    try:
        return None if stored is None else decode_key(stored)
    except msgspec.DecodeError:
        # it may narrow what it gives in a way that only a later release knows
        return None


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
