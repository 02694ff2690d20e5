"""Places in a tenant's history, each known by the record that stands there and by its hash.

Records are looked at without the event classes, so that those of a later release can be kept too.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Struct

from adapters.redis.stream_ids import StreamId
from router.errors import CorruptJournal
from router.record import GENESIS, record_hash, record_size

__all__ = ("NOWHERE", "Links", "Mark", "links_of")


class Links(Struct, frozen=True):
    """What a record says of its place: its time, and the hash of the record before it."""

    now_ms: int
    prev: bytes


_decoder = msgspec.msgpack.Decoder(Links)


def links_of(record_id: str, data: bytes) -> Links:
    """The links of a record. Raises :class:`CorruptJournal`."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise CorruptJournal(record_id, str(error)) from error


class Mark(NamedTuple):
    """A record, and how much history there is up to and with it.

    ``records`` are those of the archive; ``total_bytes`` are the records' own, not compressed, from
    the first record that the tenant ever had, as the leader counts them.
    """

    record_id: str = ""
    hash: bytes = GENESIS
    now_ms: int = 0
    records: int = 0
    total_bytes: int = 0

    @property
    def stream_id(self) -> StreamId:
        """The record's id, to be compared; before the first record: the lowest there is."""
        return StreamId.parse(self.record_id) if self.record_id else StreamId(0, 0)

    def then(self, record_id: str, data: bytes) -> Mark:
        """The mark of the record after this one. Raises :class:`CorruptJournal` if it does not
        follow."""
        links = links_of(record_id, data)
        if links.prev != self.hash:
            detail = (
                f"its prev is not the hash of the record before it ({self.record_id or 'none'})"
            )
            raise CorruptJournal(record_id, detail)
        if StreamId.parse(record_id) <= self.stream_id:
            raise CorruptJournal(record_id, f"its id does not come after {self.record_id}")
        return Mark(
            record_id,
            record_hash(data),
            links.now_ms,
            self.records + 1,
            self.total_bytes + record_size(data),
        )


NOWHERE = Mark()
"""Before the first record."""
