"""The bytes of a segment: a header, then blocks of records, every part of it under a hash.

::

    segment = magic, frame(header), block ...
    block   = frame(head), frame(zlib of the records)
    frame   = size, BLAKE2b-64 of the body, CRC-32 of these two; body

A frame that ends early was torn off by a crash; one whose sums are wrong is damaged. The CRC keeps
a damaged size from looking like a torn frame.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct as Layout
from typing import BinaryIO, Final, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from adapters.archive.mark import Mark, links_of

__all__ = (
    "FORMAT",
    "Block",
    "BlockHead",
    "Entry",
    "FrameDamaged",
    "FrameTorn",
    "SegmentHeader",
    "encode_block",
    "encode_header",
    "read_block_head",
    "read_entries",
    "read_header",
)

Entry: TypeAlias = tuple[str, bytes]
"""The id of a record, and its bytes."""

FORMAT: Final = 1
MAGIC: Final = b"ONEQUEUE"
LEVEL: Final = 6
"""Of zlib: 9 takes three times as long to save one part in a hundred."""

T = TypeVar("T")

_PREFIX: Final = Layout(">I8s")
_SUM: Final = Layout(">I")
PREFIX_BYTES: Final = _PREFIX.size + _SUM.size


class SegmentHeader(Struct, frozen=True, kw_only=True):
    """What a segment begins with: whose it is, its first record, and the mark before that."""

    v: int
    tenant: str
    first: str
    after: str
    prev: bytes
    prev_ms: int
    records: int
    total_bytes: int

    @property
    def before(self) -> Mark:
        """The mark of the record before the first."""
        return Mark(self.after, self.prev, self.prev_ms, self.records, self.total_bytes)


class BlockHead(Struct, frozen=True, kw_only=True):
    """What a block holds, to be read without unpacking it. ``size`` is that of its last frame."""

    first: str
    last: str
    records: int
    record_bytes: int
    from_ms: int
    to_ms: int
    prev: bytes
    hash: bytes
    size: int


class Block(NamedTuple):
    """A block of a segment: its head, and where in the file its records begin and end."""

    head: BlockHead
    at: int
    end: int

    def mark_after(self, before: Mark) -> Mark:
        """The mark of its last record."""
        head = self.head
        records, total_bytes = before.records + head.records, before.total_bytes + head.record_bytes
        return Mark(head.last, head.hash, head.to_ms, records, total_bytes)


class FrameTorn(Exception):
    """The file ends within a frame, or before it."""


class FrameDamaged(Exception):
    """A frame, or what is in it, is not what was written; the text says how."""


_header_decoder = msgspec.msgpack.Decoder(SegmentHeader)
_head_decoder = msgspec.msgpack.Decoder(BlockHead)
_entries_decoder = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_encoder = msgspec.msgpack.Encoder()


def encode_header(tenant: str, first: str, before: Mark) -> bytes:
    """The beginning of a segment whose first record comes after ``before``."""
    header = SegmentHeader(
        v=FORMAT,
        tenant=tenant,
        first=first,
        after=before.record_id,
        prev=before.hash,
        prev_ms=before.now_ms,
        records=before.records,
        total_bytes=before.total_bytes,
    )
    return MAGIC + _frame(_encoder.encode(header))


def encode_block(before: Mark, entries: Sequence[Entry]) -> tuple[bytes, Mark]:
    """A block of these records, and the mark of its last one. Raises :class:`CorruptJournal` if one
    does not follow."""
    after = before
    for record_id, data in entries:
        after = after.then(record_id, data)
    packed = zlib.compress(_encoder.encode(entries), LEVEL)
    head = BlockHead(
        first=entries[0][0],
        last=after.record_id,
        records=len(entries),
        record_bytes=after.total_bytes - before.total_bytes,
        from_ms=links_of(*entries[0]).now_ms,
        to_ms=after.now_ms,
        prev=before.hash,
        hash=after.hash,
        size=PREFIX_BYTES + len(packed),
    )
    return _frame(_encoder.encode(head)) + _frame(packed), after


def read_header(file: BinaryIO) -> SegmentHeader:
    """The header. Raises :class:`FrameTorn` or :class:`FrameDamaged`, as all that reads here."""
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise FrameDamaged("it is no segment of an archive")
    header = _decoded(_header_decoder, _body(file))
    if header.v != FORMAT:
        raise FrameDamaged(f"its format is {header.v}; this release reads {FORMAT}")
    return header


def read_block_head(file: BinaryIO) -> Block:
    """The head of the block that begins here; the file then stands before its records."""
    head = _decoded(_head_decoder, _body(file))
    at = file.tell()
    return Block(head, at, at + head.size)


def read_entries(file: BinaryIO, head: BlockHead) -> list[Entry]:
    """The records of the block whose head has just been read."""
    body = _body(file)
    if len(body) + PREFIX_BYTES != head.size:
        raise FrameDamaged("the head of a block does not fit what follows it")
    try:
        packed = zlib.decompress(body)
    except zlib.error as error:
        raise FrameDamaged(str(error)) from error
    return _decoded(_entries_decoder, packed)


def _frame(body: bytes) -> bytes:
    prefix = _PREFIX.pack(len(body), blake2b(body, digest_size=8).digest())
    return prefix + _SUM.pack(zlib.crc32(prefix)) + body


def _body(file: BinaryIO) -> bytes:
    prefix = file.read(PREFIX_BYTES)
    if len(prefix) < PREFIX_BYTES:
        raise FrameTorn
    sums = prefix[: _PREFIX.size]
    if _SUM.unpack(prefix[_PREFIX.size :])[0] != zlib.crc32(sums):
        raise FrameDamaged("what should be the size and the hash of a frame is not")
    size, digest = _PREFIX.unpack(sums)
    body = file.read(size)
    if len(body) < size:
        raise FrameTorn
    if blake2b(body, digest_size=8).digest() != digest:
        raise FrameDamaged("a frame does not have its hash")
    return body


def _decoded(decoder: msgspec.msgpack.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameDamaged(str(error)) from error
