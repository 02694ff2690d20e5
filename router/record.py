"""Journal records: one batch of events with the inbound range that it consumed, and their codec.

The wire form is a msgpack map (docs/protocol.md, "The journal"). Each record carries the hash of
the one before it, so that a reader sees at once where two histories part.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from router.events import Event

__all__ = (
    "FORMAT",
    "GENESIS",
    "NO_POSITION",
    "Record",
    "decode_record",
    "encode_record",
    "previous_hash",
    "record_hash",
)

FORMAT: Final = 1
GENESIS: Final = bytes(8)
"""``prev`` of the first record of a journal."""

NO_POSITION: Final = "0-0"


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the journal. ``position`` is the last inbound entry consumed so far.

    ``timers_upto_ms`` is given when something that was due by ``now_ms`` has not happened yet: a
    command that came before it may still be unread, or more was due than one record takes. What was
    due by that time has happened.
    """

    v: int
    now_ms: int
    position: str
    consumed: int
    prev: bytes
    events: list[Event]
    partial: bool = False
    timers_upto_ms: int = 0


class _Link(Struct, frozen=True):
    prev: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)
_link_decoder = msgspec.msgpack.Decoder(_Link)


def encode_record(record: Record) -> bytes:
    """The bytes of a record, as they stand in the journal's field ``r``."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> Record:
    """A record from its bytes; unknown fields (of a later release) are passed over.

    Raises ``msgspec.ValidationError`` or ``msgspec.DecodeError`` when it cannot be read.
    """
    return _decoder.decode(data)


def previous_hash(data: bytes) -> bytes:
    """The ``prev`` in the bytes of a record, without the trouble of reading all of it; nothing
    where there is none."""
    try:
        return _link_decoder.decode(data).prev
    except msgspec.MsgspecError:
        return b""


def record_hash(data: bytes) -> bytes:
    """BLAKE2b-64 of a record's bytes: the ``prev`` of the record after it."""
    return blake2b(data, digest_size=8).digest()
