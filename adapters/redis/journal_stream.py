"""What the journal's stream answers, read into our terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.redis.paging import PageSize, xread
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Reply, ReplyError, Wire
from router.errors import CorruptJournal
from router.record import Record, decode_record

__all__ = (
    "PAGE_RECORDS_MAX",
    "JournalPages",
    "last_generated_id",
    "newest_records",
    "record_bytes",
    "record_in",
    "record_of",
    "time_ms",
)

PAGE_RECORDS_MAX: Final = 1_024

OTHER_FIELDS: Final = "it has other fields than the one field r"


async def last_generated_id(wire: Wire, key: str) -> StreamId | None:
    """The highest id that the stream has ever given out; None when there is no stream."""
    try:
        info = await wire.call("XINFO", "STREAM", key)
    except ReplyError as error:
        if error.code == "ERR" and "no such key" in error.detail:
            return None
        raise
    return StreamId.parse(info[info.index(b"last-generated-id") + 1])


async def newest_records(wire: Wire, key: str, most: int) -> list[tuple[str, bytes]]:
    """The newest records, at most so many, the newest first. Raises :class:`CorruptJournal`."""
    return [
        record_in(entry) for entry in await wire.call("XREVRANGE", key, "+", "-", "COUNT", most)
    ]


class JournalPages:
    """A journal, page by page."""

    def __init__(self, wire: Wire, key: str) -> None:
        self._wire = wire
        self._key = key
        self._page = PageSize(PAGE_RECORDS_MAX)
        self.at_end = False
        """Whether the last page held all that stood in the journal behind its beginning."""

    async def read(self, after: str, count: int, block_ms: int) -> Sequence[tuple[str, bytes]]:
        """Records after id ``after`` ("0-0": from the first), at most ``count``; waits up to
        ``block_ms`` for one (0: does not). Raises :class:`CorruptJournal` for a foreign entry."""
        asked = self._page.ask(count)
        streams = await self._wire.call(*xread(self._key, after, asked, block_ms))
        records = [record_in(entry) for entry in (streams[0][1] if streams else ())]
        self.at_end = len(records) < asked
        self._page.learn(len(records), sum(len(data) for _, data in records))
        return records


def record_in(entry: Reply) -> tuple[str, bytes]:
    """The id of a journal entry and the record in it. Raises :class:`CorruptJournal`."""
    record_id = entry[0].decode()
    return record_id, record_bytes(record_id, entry[1])


def record_bytes(record_id: str, fields: Sequence[bytes]) -> bytes:
    """The record in the fields of a journal entry. Raises :class:`CorruptJournal`."""
    if len(fields) != 2 or fields[0] != b"r":
        raise CorruptJournal(record_id, OTHER_FIELDS)
    return fields[1]


def record_of(record_id: str, data: bytes) -> Record:
    """The record in these bytes; none stand for an entry that is no record. Raises
    :class:`CorruptJournal`."""
    if not data:
        raise CorruptJournal(record_id, OTHER_FIELDS)
    try:
        return decode_record(data)
    except msgspec.MsgspecError as error:
        raise CorruptJournal(record_id, str(error)) from error


def time_ms(reply: Sequence[bytes]) -> int:
    """Milliseconds since 1970 in the answer to TIME."""
    return int(reply[0]) * 1_000 + int(reply[1]) // 1_000
