"""The manifest of a snapshot: of which record it is, and what its chunks have to be."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from router.errors import BadSnapshot
from router.tail import Tail

__all__ = (
    "FORMAT",
    "Manifest",
    "checksum",
    "decode_manifest",
    "encode_manifest",
    "place_of",
)

FORMAT: Final = 1
"""Raised when what is older could not read a snapshot rightly: such a snapshot is refused. What
only adds fields leaves it."""

CHECKSUM_BYTES: Final = 16


class Manifest(Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself. ``record_id`` is the last record that its state holds, the
    fields up to ``is_takeover`` are where the journal stood after it.

    ``rows`` counts those of each table; ``checksums`` are of the chunks as they are stored, in
    their order, of which there are ``stored_bytes`` in all.
    """

    v: int
    release: str
    record_id: str
    hash: bytes
    now_ms: int
    position: str
    journal_bytes: int
    epoch: int
    is_takeover: bool
    rows: dict[str, int]
    checksums: list[bytes]
    stored_bytes: int

    @property
    def tail(self) -> Tail:
        """Where the journal stood."""
        return Tail(
            self.hash,
            self.now_ms,
            self.position,
            self.journal_bytes,
            self.epoch,
            self.is_takeover,
        )


class _Format(Struct):
    v: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Manifest)
_format_decoder = msgspec.msgpack.Decoder(_Format)


def encode_manifest(manifest: Manifest) -> bytes:
    """The bytes of a manifest."""
    return _encoder.encode(manifest)


def decode_manifest(record_id: str, data: bytes) -> Manifest:
    """The manifest that stands under a record's id; unknown fields are passed over.

    Raises :class:`router.errors.BadSnapshot`.
    """
    try:
        found = _format_decoder.decode(data).v
        if found > FORMAT:
            detail = f"its format is {found}; this release reads {FORMAT}"
            raise BadSnapshot(record_id, detail)
        manifest = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise BadSnapshot(record_id, f"its manifest cannot be read: {error}") from error
    if manifest.record_id != record_id:
        detail = f"its manifest is that of record {manifest.record_id}"
        raise BadSnapshot(record_id, detail)
    return manifest


def checksum(data: bytes) -> bytes:
    """BLAKE2b-128 of a chunk as it is stored."""
    return blake2b(data, digest_size=CHECKSUM_BYTES).digest()


def place_of(record_id: str) -> tuple[int, int]:
    """Epoch and lsn of a record's id, by which records are ordered. Raises ``ValueError``."""
    epoch, _, lsn = record_id.partition("-")
    return int(epoch), int(lsn)
