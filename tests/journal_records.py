"""Records, and the streams in which they stand: what tests of the journal share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import msgpack

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router.ports import DeadLetter, WorkEntry
from router.record import Record, encode_record, redacted_record
from tests.servers import plain_client

KEYS = Keys("t")
NO_WORK: Sequence[WorkEntry] = ()
NO_DEAD: Sequence[DeadLetter] = ()


def record(now_ms: int = 5, position: str = "7-0") -> bytes:
    whole = Record(v=1, now_ms=now_ms, position=position, consumed=1, prev=bytes(8), events=[])
    return encode_record(whole)


def erased(data: bytes) -> bytes:
    """What stands for a record when personal data was erased from it."""
    return redacted_record(msgpack.decode(data), data, msgpack.encode)


def entries(server: EmbeddedServer, key: str) -> list[tuple[str, dict[bytes, bytes]]]:
    with plain_client(server) as client:
        found: Any = client.xrange(key)
        return [(raw_id.decode(), fields) for raw_id, fields in found]
