"""Drafts of a policy in Redis: one hash of what is told of them, one of their documents."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from adapters.audit.appending import STREAM_ENTRIES_MAX
from adapters.drafts.draft import Documents, Draft
from adapters.drafts.errors import DraftTooLarge, TooManyDrafts, UnknownDraft
from adapters.redis.journal_stream import time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Endpoint, checked
from router import limits

__all__ = ("DRAFTS_MAX", "DraftStore", "Stored")

DRAFTS_MAX: Final = 100
"""Drafts of one tenant, those that are over included: some 50 MB if all were as large as may be."""

SLACK_BYTES: Final = 8_192
"""What a command holds besides its document."""


class Stored(NamedTuple):
    """A draft as it was found, and what is stored of it, byte by byte."""

    draft: Draft
    data: bytes


class DraftStore:
    """All methods may raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("drafts")
        self._put = load_script("draft_put.lua")
        self._send = load_script("draft_send.lua")

    @property
    def tenant(self) -> str:
        """Whose they are."""
        return self._keys.tenant

    async def all(self) -> list[Stored]:
        """Every draft that this release can read, the oldest first."""
        flat = await self._wire.call("HGETALL", self._keys.drafts)
        found = [
            Stored(draft, data) for data in flat[1::2] if (draft := _readable(data)) is not None
        ]
        return sorted(found, key=lambda one: (one.draft.made_ms, one.draft.id))

    async def get(self, draft_id: str) -> Stored:
        """One of them. Raises :class:`UnknownDraft`."""
        data: bytes | None = await self._wire.call("HGET", self._keys.drafts, draft_id)
        return _stored(draft_id, data)

    async def load(self, draft_id: str) -> tuple[Stored, Documents]:
        """One of them with its documents. Raises :class:`UnknownDraft`."""
        replies = await self._wire.exchange(
            ("HGET", self._keys.drafts, draft_id), ("HGET", self._keys.draft_documents, draft_id)
        )
        data, documents = (checked(reply) for reply in replies)
        stored = _stored(draft_id, data)
        if documents is None:
            raise UnknownDraft(draft_id)
        return stored, Documents(*msgspec.msgpack.decode(documents))

    async def put(
        self,
        before: Stored | None,
        after: Draft | None,
        audit: bytes,
        documents: Documents | None = None,
    ) -> bool:
        """Write a draft (``before`` None: a new one; ``after`` None: it is gone), with its entry
        for the audit; False when it was changed meanwhile: then nothing has been done.

        ``documents`` None: they stay. Raises :class:`TooManyDrafts` and :class:`DraftTooLarge`.
        """
        known = after if before is None else before.draft
        keys = (self._keys.drafts, self._keys.draft_documents, self._keys.audit)
        arguments = (
            "" if known is None else known.id,
            b"" if before is None else before.data,
            b"" if after is None else _encode(after),
            b"" if documents is None else _packed(documents),
            audit,
            STREAM_ENTRIES_MAX,
            DRAFTS_MAX,
        )
        answer = int(await self._put.run(self._wire, keys, arguments))
        if answer < 0:
            raise TooManyDrafts(DRAFTS_MAX)
        return bool(answer)

    async def send(
        self, before: Stored, after: Draft, command: dict[str, Any], audit: bytes
    ) -> Draft | None:
        """Send the command that puts a draft in force, and write down that it was sent, in one
        step; None when it was changed meanwhile: then nothing has been sent."""
        keys = (self._keys.drafts, self._keys.inbound, self._keys.audit)
        unsent = _encode(replace(after, entry_id=""))
        packed = msgspec.msgpack.encode(command)
        arguments = (after.id, before.data, unsent, packed, audit, STREAM_ENTRIES_MAX)
        entry_id = (await self._send.run(self._wire, keys, arguments)).decode()
        return replace(after, entry_id=entry_id) if entry_id else None

    async def now_ms(self) -> int:
        """The server's time."""
        return time_ms(await self._wire.call("TIME"))

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()


def _stored(draft_id: str, data: bytes | None) -> Stored:
    draft = _readable(data)
    if draft is None or data is None:
        raise UnknownDraft(draft_id)
    return Stored(draft, data)


def _readable(data: bytes | None) -> Draft | None:
    try:
        return None if data is None else _draft.decode(data)
    except msgspec.DecodeError:
        return None  # a later release may have written what only it knows


def _packed(documents: Documents) -> bytes:
    most = limits.COMMAND_BYTES_MAX - SLACK_BYTES
    size = len(msgspec.msgpack.encode(documents.document))
    if size > most:
        raise DraftTooLarge(size, most)
    return msgspec.msgpack.encode(tuple(documents))


_encode = msgspec.json.Encoder().encode
_draft = msgspec.json.Decoder(Draft)
