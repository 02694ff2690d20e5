"""Every key of a tenant, and what is done with a customer's data that is found in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Final

from adapters.audit.appending import ENTRY_FIELD
from adapters.audit.errors import AuditUnreadable
from adapters.journal_text import unpacked
from adapters.privacy.erasing import erase_audit, erase_message, erase_record
from adapters.privacy.rewriting import Change, Rewritten, rewrite_stream
from adapters.privacy.said import Said
from adapters.privacy.subject import Subject
from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Wire

__all__ = ("Places",)

SCAN_COUNT: Final = 500
PAGE_ENTRIES: Final = 256
_RECORD: Final = b"r"


class Places:
    """The keys of one tenant, looked through for one customer. Everything may raise
    :class:`StoreUnavailable`.

    ``found`` counts by the kind of key; ``remains`` names what is not erased here. ``holder`` is
    who has the tenant's lease of erasures; without it nothing can be erased. ``gone``:
    attachments that do not remain.
    """

    def __init__(
        self, wire: Wire, keys: Keys, subject: Subject, holder: str = "", gone: Collection[str] = ()
    ) -> None:
        self._wire = wire
        self._keys = keys
        self._subject = subject
        self._holder = holder
        self._said = Said(subject, gone)
        self.found: Counter[str] = Counter()
        self.remains: list[str] = []

    @property
    def attached(self) -> tuple[set[str], set[str]]:
        """The URIs of what is attached to their messages, and which of these others' messages have,
        too, as far as was looked."""
        return self._said.attached, self._said.shared

    async def look(self) -> None:
        """Count what there is, and change nothing."""
        async for key, kind in self._all():
            if kind == "stream":
                change = await self._change_of(key)
                self.found[self._name(key)] += (await self._counted(key, change)).touched
            elif await self._holds(key, kind):
                self.found[self._name(key)] += 1
        self.remains += self._said.remains

    async def erase(self) -> None:
        """Erase what there is, but in the journal."""
        async for key, kind in self._all():
            if key == self._keys.journal:
                continue
            if kind == "stream":
                await self._rewrite(key)
            elif await self._holds(key, kind):
                await self._erase_value(key)
        self.remains += self._said.remains

    async def erase_journal(self) -> None:
        """Erase what is in the live journal."""
        if await self._wire.call("EXISTS", self._keys.journal):
            await self._rewrite(self._keys.journal)

    async def _all(self) -> AsyncIterator[tuple[str, str]]:
        # of a cluster, only a command with a key leads to the node that has the tenant's keys
        await self._wire.call("EXISTS", self._keys.journal)
        cursor, seen = b"0", set[str]()
        while True:
            cursor, page = await self._wire.call(
                "SCAN", cursor, "MATCH", self._keys.prefix + "*", "COUNT", SCAN_COUNT
            )
            for raw in page:
                key = raw.decode()
                # a scan may name a key twice; snapshots are packed, and replaced as a whole
                if key not in seen and not self._is_apart(key):
                    seen.add(key)
                    yield key, (await self._wire.call("TYPE", key)).decode()
            if cursor == b"0":
                return

    async def _rewrite(self, key: str) -> None:
        """Rewrite a stream that holds something, or of which something was deleted: what was is
        still in the server's memory."""
        change = await self._change_of(key)
        touched = (await self._counted(key, change)).touched
        if touched or await self._has_gaps(key):
            done = await rewrite_stream(
                self._wire, self._keys, key, change, self._holder, is_changed=touched > 0
            )
            self.found[self._name(key)] += done.touched
            if self._is_dialogue(key) and not await self._wire.call("XLEN", key):
                await self._wire.call("UNLINK", key)

    async def _counted(self, key: str, change: Change) -> Rewritten:
        changed = dropped = entries = 0
        position = "-"
        while page := await self._wire.call("XRANGE", key, position, "+", "COUNT", PAGE_ENTRIES):
            for entry_id, pairs in page:
                fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
                left = change(entry_id.decode(), fields)
                entries, dropped = entries + 1, dropped + (left is None)
                changed += left is not None and left != fields
            position = f"({page[-1][0].decode()}"
        return Rewritten(entries, changed, dropped)

    async def _has_gaps(self, key: str) -> bool:
        info = await self._wire.call("XINFO", "STREAM", key)
        facts = dict(zip(info[::2], info[1::2], strict=True))
        return int(facts[b"entries-added"]) > int(facts[b"length"])

    async def _change_of(self, key: str) -> Change:
        if key == self._keys.journal:
            return self._in_journal
        if key == self._keys.audit:
            return self._in_audit
        if key.startswith(self._keys.work("")):
            return self._in_work
        if self._is_dialogue(key):
            return self._said.in_dialogue
        if key == self._keys.messages:
            return self._said.in_feed
        if key == self._keys.edge:
            return self._in_edge
        if key == self._keys.inbound:
            return self._in_inbound(await self._position())
        return self._elsewhere

    async def _position(self) -> StreamId:
        """Up to where inbound was decided."""
        found = await self._wire.call("XREVRANGE", self._keys.journal, "+", "-", "COUNT", 1)
        return _decided_upto(found[0][1][1]) if found else StreamId(0, 0)

    def _in_journal(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
        data = fields.get(_RECORD)
        return fields if data is None else fields | {_RECORD: erase_record(data, self._subject)}

    def _in_audit(self, entry_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        try:
            data = erase_audit(entry_id, fields.get(ENTRY_FIELD, b""), self._subject)
        except AuditUnreadable:
            return None
        return fields | {ENTRY_FIELD: data} if ENTRY_FIELD in fields else fields

    def _in_work(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
        return {
            name: erase_message(data, self._subject, is_json=name == b"j")
            for name, data in fields.items()
        }

    def _in_inbound(self, position: StreamId) -> Change:
        def change(entry_id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
            is_decided = StreamId.parse(entry_id) <= position
            return self._elsewhere(entry_id, fields) if is_decided else fields

        return change

    def _in_edge(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes]:
        # what is in there has not gone to inbound yet
        return fields

    def _elsewhere(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        named = any(self._subject.is_in(part) for part in fields.values())
        equal = any(self._subject.is_name(part) for part in fields.values())
        return None if named or equal else fields

    async def _holds(self, key: str, kind: str) -> bool:
        reads = {
            "string": ("GET", key),
            "hash": ("HGETALL", key),
            "list": ("LRANGE", key, 0, -1),
            "set": ("SMEMBERS", key),
            "zset": ("ZRANGE", key, 0, -1),
        }
        found = await self._wire.call(*reads[kind]) if kind in reads else None
        parts = [found] if isinstance(found, bytes) else found or []
        if any(self._subject.is_in(part) or self._subject.is_name(part) for part in parts):
            return True
        if not key.startswith(self._of_messages):
            return False
        names = [key.removeprefix(self._keys.conversation("")).encode(), *parts]
        return any(
            self._said.is_conversation(one) or self._subject.is_said_in(one) for one in names
        )

    async def _erase_value(self, key: str) -> None:
        """Delete an answer that is kept for who repeats a request, and what is known of messages;
        anything else is only named."""
        if key.startswith(self._of_messages):
            await self._wire.call("UNLINK", key)
            self.found[self._name(key)] += 1
        else:
            self.remains.append(f"key {key}: not known, look at it yourself")

    @property
    def _of_messages(self) -> tuple[str, ...]:
        keys = self._keys
        return keys.idempotency(""), keys.message(""), keys.conversation("")

    def _is_dialogue(self, key: str) -> bool:
        return key.startswith((self._keys.dialogue(""), self._keys.outgoing("")))

    def _is_apart(self, key: str) -> bool:
        keys = self._keys
        own = {keys.snapshots, keys.forgetting, keys.forgotten}
        return key in own or key.startswith((keys.prefix + "snapshot:", keys.rewriting("")))

    def _name(self, key: str) -> str:
        """What a key is called in the report."""
        return key.removeprefix(self._keys.prefix).partition(":")[0]


def _decided_upto(record: bytes) -> StreamId:
    """The position in the bytes of a record."""
    return StreamId.parse(unpacked("", record)["position"])
