"""Journal records: one batch of events with the inbound range that it consumed, and their codec.

The wire form is a msgpack map (docs/protocol.md, "The journal"). Each record carries the hash of
the one before it, so that a reader sees at once where two histories part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from struct import Struct as Layout
from typing import Any, Final, TypeAlias

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
    "record_size",
    "redacted_record",
    "stands_for",
)

FORMAT: Final = 1
GENESIS: Final = bytes(8)
"""``prev`` of the first record of a journal."""

NO_POSITION: Final = "0-0"

REDACTED_FIELD: Final = "redacted"
Encode: TypeAlias = Callable[[dict[str, Any]], bytes]

_ORIGIN: Final = Layout(">8sQ")
_REDACTED: Final = bytes([0xA8]) + REDACTED_FIELD.encode() + bytes([0xC4, _ORIGIN.size])
"""In msgpack: a text of eight bytes, then so many bytes of binary."""

_ORIGIN_AT: Final = 1 + len(_REDACTED)


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
    """BLAKE2b-64 of a record's bytes: the ``prev`` of the record after it. Of a record from which
    personal data was erased, that of the bytes that it had."""
    origin = stands_for(data)
    return blake2b(data, digest_size=8).digest() if origin is None else origin[0]


def record_size(data: bytes) -> int:
    """How many bytes a record has; had, where personal data was erased from it."""
    origin = stands_for(data)
    return len(data) if origin is None else origin[1]


def stands_for(data: bytes) -> tuple[bytes, int] | None:
    """Hash and size of the record for which these bytes stand since personal data was erased from
    it; None for a record that is as it was written.

    Such a record is a map whose first field says so (docs/protocol.md, "Erased records").
    """
    if data[1:_ORIGIN_AT] != _REDACTED:
        return None
    origin = data[_ORIGIN_AT : _ORIGIN_AT + _ORIGIN.size]
    if len(origin) < _ORIGIN.size:
        return None
    digest, size = _ORIGIN.unpack(origin)
    return digest, size


def redacted_record(fields: Mapping[str, Any], original: bytes, encode: Encode) -> bytes:
    """The bytes that stand for a record from here on: its fields with what was erased left out,
    behind the hash and size of the original (or of that which the original stands for).

    ``encode`` packs a map into msgpack, in the order of its fields.
    """
    origin = _ORIGIN.pack(record_hash(original), record_size(original))
    kept = {name: value for name, value in fields.items() if name != REDACTED_FIELD}
    return encode({REDACTED_FIELD: origin, **kept})
