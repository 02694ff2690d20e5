"""Follows the journal as any outside reader would: plain Redis, plain msgpack, plain maps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.floor.wire import read_stream, unpack

__all__ = ("JournalRecord", "follow_journal", "policy_in_force", "read_journal")

START: Final = "0-0"
PAGE: Final = 500
BLOCK_MS: Final = 1_000

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One record; ``events`` are the maps of docs/protocol.md, defaults left out as on the wire."""

    record_id: str
    now_ms: int
    events: list[Event]
    position: str = START
    """The last inbound entry consumed so far."""


async def read_journal(
    client: Redis, tenant: str, after: str = START
) -> AsyncIterator[JournalRecord]:
    """Every record that stands now after id ``after``, oldest first."""
    async for record in _records(client, tenant, after, block_ms=None):
        if record is None:
            return
        yield record


async def follow_journal(
    client: Redis, tenant: str, after: str = START
) -> AsyncIterator[JournalRecord]:
    """Every record after id ``after``, then each new one as it is written; does not end."""
    async for record in _records(client, tenant, after, block_ms=BLOCK_MS):
        if record is not None:
            yield record


async def policy_in_force(client: Redis, tenant: str) -> dict[str, Any] | None:
    """The document of the latest ``policy_replaced``; None when no router has run here."""
    policy = None
    async for record in read_journal(client, tenant):
        for event in record.events:
            if event["type"] == "policy_replaced":
                policy = event["policy"]
    return policy


async def _records(
    client: Redis, tenant: str, after: str, block_ms: int | None
) -> AsyncIterator[JournalRecord | None]:
    # None marks a read that found nothing new
    key = Keys(tenant).journal
    position = after
    while True:
        entries = await read_stream(client, key, position, count=PAGE, block_ms=block_ms)
        for entry_id, fields in entries:
            position = entry_id
            yield _record(entry_id, fields[b"r"])
        if not entries:
            yield None


def _record(record_id: str, payload: bytes) -> JournalRecord:
    record = unpack(payload)
    return JournalRecord(record_id, record["now_ms"], record["events"], record["position"])
