"""The audit stream of a tenant: read forwards and backwards, added to, trimmed once exported."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from adapters.audit.appending import ENTRY_FIELD, INBOUND_FIELD, append_alone
from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint, Reply, ReplyError, checked

__all__ = ("Added", "AuditStream", "Extent")

PAGE_ENTRIES: Final = 512


class Added(NamedTuple):
    """An entry of the stream: its id, the id of the command that it tells of ("": none), and its
    bytes."""

    id: str
    inbound: str
    data: bytes

    @property
    def at_ms(self) -> int:
        """When it was added, by the server's clock."""
        return StreamId.parse(self.id).major


class Extent(NamedTuple):
    """What the stream says of itself: its first entry ("": it is empty), its last id, how many it
    holds, and how many were ever added."""

    first: str
    last: str
    length: int
    added: int

    @property
    def dropped(self) -> int:
        """How many were added and are not there any more."""
        return self.added - self.length


class AuditStream:
    """One connection to it. Everything may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("audit")

    @property
    def generation(self) -> int:
        """Counts the connections that were made."""
        return self._wire.generation

    async def connect(self) -> None:
        """Connect if there is no connection."""
        await self._wire.connect()

    async def read(self, after: str, block_ms: int) -> list[Added]:
        """The next entries after an id ("0-0": from the first), for which it waits that long."""
        block = ("BLOCK", block_ms) if block_ms else ()
        reply = await self._wire.call(
            "XREAD", "COUNT", PAGE_ENTRIES, *block, "STREAMS", self._keys.audit, after
        )
        return [_added(raw) for _, raws in reply or [] for raw in raws]

    async def backward(self, before: str) -> list[Added]:
        """The entries before an id ("": from the last on), newest first; some of them."""
        end = f"({before}" if before else "+"
        reply = await self._wire.call(
            "XREVRANGE", self._keys.audit, end, "-", "COUNT", PAGE_ENTRIES
        )
        return [_added(raw) for raw in reply]

    async def has(self, entry_id: str) -> bool:
        """Whether an entry is still there."""
        return bool(await self._wire.call("XRANGE", self._keys.audit, entry_id, entry_id))

    async def extent(self) -> Extent | None:
        """What there is; None where nothing was ever added."""
        (info,) = await self._wire.exchange(("XINFO", "STREAM", self._keys.audit))
        if isinstance(info, ReplyError) and "no such key" in info.detail:
            return None
        fields = dict(zip(checked(info)[::2], info[1::2], strict=True))
        first = fields[b"first-entry"]
        return Extent(
            first[0].decode() if first else "",
            fields[b"last-generated-id"].decode(),
            fields[b"length"],
            fields[b"entries-added"],
        )

    async def append(self, data: bytes) -> str:
        """Add an entry for what no command of inbound did; its id."""
        reply: bytes = await self._wire.call(*append_alone(self._keys, data))
        return reply.decode()

    async def exported(self) -> str:
        """The last entry that an exporter has on its disk; "" for none."""
        reply: bytes | None = await self._wire.call("GET", self._keys.audit_exported)
        return reply.decode() if reply else ""

    async def tell_exported(self, entry_id: str) -> None:
        """Say that everything up to that entry is on disk."""
        await self._wire.call("SET", self._keys.audit_exported, entry_id)

    async def trim_before(self, entry_id: str) -> int:
        """Drop about what is older than an entry, never that entry; how many went."""
        command = ("XTRIM", self._keys.audit, "MINID", "~", entry_id, "LIMIT", 0)
        reply: int = await self._wire.call(*command)
        return reply

    async def delete(self, *entry_ids: str) -> None:
        """Delete single entries."""
        await self._wire.call("XDEL", self._keys.audit, *entry_ids)

    async def move_up(self, entry_id: str) -> None:
        """Let new entries have ids after that one, where the server has lost what had it."""
        await self._wire.call("XSETID", self._keys.audit, entry_id)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()


def _added(raw: Reply) -> Added:
    entry_id, pairs = raw
    fields: dict[Any, bytes] = dict(zip(pairs[::2], pairs[1::2], strict=True))
    inbound = fields.get(INBOUND_FIELD, b"").decode(errors="replace")
    return Added(entry_id.decode(), inbound, fields.get(ENTRY_FIELD, b""))
