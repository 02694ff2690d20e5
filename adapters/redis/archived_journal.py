"""The journal as its archiver needs it: read along, looked up record by record, and trimmed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import NamedTuple

from adapters.redis.journal_stream import JournalPages, last_generated_id, record_in, time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.server_check import server_facts
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint, ReplyError, Wire
from router.errors import CorruptJournal, StoreUnavailable

__all__ = ("ArchivedJournal", "Reached", "reached")


class Reached(NamedTuple):
    """How far something has come along the journal: a record, and the bytes of all up to it."""

    record_id: str = ""
    total_bytes: int = 0

    @classmethod
    def parse(cls, text: bytes | None) -> Reached:
        """From ``<id> <bytes>``, or from nothing."""
        if text is None:
            return cls()
        record_id, _, total_bytes = text.decode().partition(" ")
        return cls(record_id, int(total_bytes))

    def __str__(self) -> str:
        return f"{self.record_id} {self.total_bytes}"


class ArchivedJournal:
    """The journal of one tenant, over one connection, so that all answers are of one server.

    All methods may raise :class:`StoreUnavailable`.
    """

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("archive")
        self._pages = JournalPages(self._wire, keys.journal)
        self._script = load_script("trim.lua")

    @property
    def key(self) -> str:
        """The key of the stream."""
        return self._keys.journal

    @property
    def generation(self) -> int:
        """Counts the connections: each may be one to another server."""
        return self._wire.generation

    async def connect(self) -> None:
        """Have a connection."""
        await self._wire.connect()

    async def require_primary(self) -> None:
        """Raise :class:`StoreUnavailable` for a server that follows another one: it may be behind,
        and its journal is no measure of what there is."""
        role = (await server_facts(self._wire)).role
        if role != "master":
            raise StoreUnavailable(f"the server is a read-only {role or 'node of unknown role'}")

    async def read(self, after: str, count: int, block_ms: int) -> Sequence[tuple[str, bytes]]:
        """Records after id ``after`` ("0-0": from the first), at most ``count``; waits up to
        ``block_ms`` for one (0: does not). Raises :class:`CorruptJournal` for a foreign entry."""
        return await self._pages.read(after, count, block_ms)

    async def record(self, record_id: str) -> bytes | None:
        """One record, if the journal holds it."""
        found = await self._wire.call("XRANGE", self._keys.journal, record_id, record_id)
        return record_in(found[0])[1] if found else None

    async def first(self) -> tuple[str, bytes] | None:
        """The oldest record that the journal holds."""
        found = await self._wire.call("XRANGE", self._keys.journal, "-", "+", "COUNT", 1)
        return record_in(found[0]) if found else None

    async def newest_id(self) -> StreamId | None:
        """The highest id that the journal has given out; None when there is no journal."""
        return await last_generated_id(self._wire, self._keys.journal)

    async def now_ms(self) -> int:
        """The server's time."""
        return time_ms(await self._wire.call("TIME"))

    async def tell(self, archived: Reached) -> None:
        """Say how far the archive has come."""
        await self._wire.call("SET", self._keys.archived, str(archived))

    async def trimmed(self) -> Reached:
        """What has been trimmed so far."""
        return await reached(self._wire, self._keys.trimmed)

    async def trim(self, gone: Reached, kept_id: str, kept: bytes) -> int:
        """Drop the records up to ``gone``, the last before ``kept``; how many went.

        Raises :class:`CorruptJournal` when the journal holds another record ``kept_id``, or none:
        then it holds another history than the one that was archived, and nothing is dropped.
        """
        digest = sha1(kept, usedforsecurity=False).hexdigest()
        keys = (self._keys.journal, self._keys.trimmed)
        try:
            arguments = (kept_id, digest, gone.record_id, gone.total_bytes)
            return int(await self._script.run(self._wire, keys, arguments))
        except ReplyError as error:
            if error.code == "PARTED":
                raise CorruptJournal(kept_id, "it is not the one that was archived") from error
            raise

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()


async def reached(wire: Wire, key: str) -> Reached:
    """What a key of an archiver tells; nothing at all where there is none."""
    return Reached.parse(await wire.call("GET", key))
