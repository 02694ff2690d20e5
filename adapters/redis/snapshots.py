"""Snapshots in Redis: a hash with a manifest for each, and a key for each chunk.

A field of the hash is the id of a record, and its value the manifest of that snapshot. While one is
written, or dropped, another field says how many chunks it may have (:data:`UNFINISHED`), so that
whatever was left half done is found and dropped later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Argument, Endpoint, Reply, checked
from router.errors import BadSnapshot
from router.snapshot.manifest import decode_manifest

__all__ = ("RedisSnapshots",)

UNFINISHED: Final = ":unfinished"
"""What is added to a record's id in the name of that field."""

CHUNKS_ASSUMED: Final = 1 << 16
"""Chunks that one may have whose manifest cannot be read."""

DROPPED_AT_ONCE: Final = 256
"""Keys that are unlinked with one command, in well below a millisecond."""


class RedisSnapshots:
    """The snapshots of one tenant, as :class:`router.ports.Snapshots` describes them."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("snapshots")
        self._publish = load_script("publish.lua")

    async def manifests(self) -> Sequence[tuple[str, bytes]]:
        """Record id and manifest of each that is published, the newest first."""
        published = {
            name: value for name, value in (await self._fields()).items() if _is_published(name)
        }
        return sorted(published.items(), key=_newest, reverse=True)

    async def chunk(self, record_id: str, number: int) -> bytes | None:
        """One of its chunks, counted from 0; None if it is not there."""
        found: bytes | None = await self._wire.call("GET", self._keys.chunk(record_id, number))
        return found

    async def begin(self, record_id: str) -> bool:
        """Begin to write one; False when one of this record is published already."""
        if await self._wire.call("HEXISTS", self._keys.snapshots, record_id):
            return False
        await self._mark(record_id, 0)
        return True

    async def put(self, record_id: str, number: int, chunk: bytes) -> None:
        """Write its next chunk; that there may be so many is written before it."""
        await self._mark(record_id, number + 1)
        await self._wire.call("SET", self._keys.chunk(record_id, number), chunk)

    async def publish(self, record_id: str, manifest: bytes) -> bool:
        """Let it count from now on, all at once; False when it was discarded meanwhile."""
        arguments = (record_id, record_id + UNFINISHED, manifest)
        reply = await self._publish.run(self._wire, (self._keys.snapshots,), arguments)
        return bool(reply)

    async def discard(self, record_id: str) -> None:
        """Drop one, whole or half written: it counts no more before its first chunk goes."""
        fields = await self._fields()
        manifest = fields.get(record_id)
        if manifest is not None:
            await self._withdraw(record_id, _chunks_in(record_id, manifest))
        elif record_id + UNFINISHED not in fields:
            return
        count = await self._wire.call("HGET", self._keys.snapshots, record_id + UNFINISHED)
        if count is None:
            # somebody else has dropped it meanwhile, or our own publishing was late and has come
            return
        count = int(count)
        for begin in range(0, count, DROPPED_AT_ONCE):
            numbers = range(begin, min(begin + DROPPED_AT_ONCE, count))
            await self._wire.call("UNLINK", *(self._keys.chunk(record_id, n) for n in numbers))
        await self._wire.call("HDEL", self._keys.snapshots, record_id + UNFINISHED)

    async def keep(self, newest: int) -> None:
        """Drop all but so many of those that are published, and what was begun for a record before
        theirs."""
        fields = await self._fields()
        published = sorted(filter(_is_published, fields), key=StreamId.parse, reverse=True)
        for record_id in published[newest:]:
            await self.discard(record_id)
        begun = (name.removesuffix(UNFINISHED) for name in fields if not _is_published(name))
        for record_id in begun:
            if published and StreamId.parse(record_id) < StreamId.parse(published[0]):
                await self.discard(record_id)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _fields(self) -> dict[str, bytes]:
        reply: Reply = await self._wire.call("HGETALL", self._keys.snapshots)
        names, values = reply[::2], reply[1::2]
        return {name.decode(): value for name, value in zip(names, values, strict=True)}

    async def _mark(self, record_id: str, chunks: int) -> None:
        await self._wire.call("HSET", self._keys.snapshots, record_id + UNFINISHED, chunks)

    async def _withdraw(self, record_id: str, chunks: int) -> None:
        commands: tuple[tuple[Argument, ...], ...] = (
            ("MULTI",),
            ("HSET", self._keys.snapshots, record_id + UNFINISHED, chunks),
            ("HDEL", self._keys.snapshots, record_id),
            ("EXEC",),
        )
        for reply in await self._wire.exchange(*commands):
            checked(reply)


def _is_published(name: str) -> bool:
    return not name.endswith(UNFINISHED)


def _newest(item: tuple[str, bytes]) -> StreamId:
    return StreamId.parse(item[0])


def _chunks_in(record_id: str, manifest: bytes) -> int:
    try:
        return len(decode_manifest(record_id, manifest).checksums)
    except BadSnapshot:
        return CHUNKS_ASSUMED
