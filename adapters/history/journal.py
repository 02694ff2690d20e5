"""A tenant's journal in Redis, read page by page: forwards, backwards, and along as it grows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias, cast

import redis

from adapters.redis.archived_journal import Reached
from adapters.redis.keys import JOURNALS_PATTERN, Keys, tenant_of
from adapters.redis.paging import PageSize
from adapters.redis.stream_ids import StreamId
from router.record import NO_POSITION

__all__ = ("Entry", "Journal", "tenants_of")

Entry: TypeAlias = tuple[str, bytes]
"""A record's id and bytes; no bytes stand for an entry of the stream that is no record."""

PAGE_RECORDS_MAX: Final = 1_024
SCAN_COUNT: Final = 1_000

_Raw: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]


class Extent(NamedTuple):
    """What a stream says of itself: its ids, and how many entries it holds and has ever held."""

    first: str
    last: str
    length: int
    added: int


class Journal:
    """The journal of one tenant, as others than its router see it. Raises redis' own errors."""

    def __init__(self, client: redis.Redis, tenant: str) -> None:
        self.client = client
        self._keys = Keys(tenant)

    def extent(self) -> Extent | None:
        """What there is by now; None where no record is."""
        key = self._keys.journal
        if self.client.type(key) != b"stream":
            return None
        info: dict[str, Any] = self.client.xinfo_stream(key)
        if not info["first-entry"]:
            return None
        last = info["last-generated-id"].decode()
        return Extent(info["first-entry"][0].decode(), last, info["length"], info["entries-added"])

    def pages(self, after: str = "", upto: str = "") -> Iterator[list[Entry]]:
        """The records between two ids ("": from the first, to the last), oldest first."""
        start, size = f"({after}" if after else "-", PageSize(PAGE_RECORDS_MAX)
        while page := self._page("xrange", start, upto or "+", size):
            yield page
            start = f"({page[-1][0]}"

    def backward(self, before: str = "", since: str = "") -> Iterator[Entry]:
        """The records between two ids, newest first."""
        end, size = f"({before}" if before else "+", PageSize(PAGE_RECORDS_MAX)
        while page := self._page("xrevrange", end, since or "-", size):
            yield from page
            end = f"({page[-1][0]}"

    def record(self, record_id: str) -> bytes | None:
        """One record, if the journal holds it."""
        found = self._page("xrange", record_id, record_id, PageSize(1))
        return found[0][1] if found else None

    def follow(self, after: str, block_ms: int) -> list[Entry]:
        """The next records after an id, for which it waits up to ``block_ms``."""
        answer = self.client.xread(
            {self._keys.journal: after}, count=PAGE_RECORDS_MAX, block=block_ms
        )
        found = cast("list[tuple[bytes, _Raw]]", answer or [])
        return [_entry(raw) for _, entries in found for raw in entries]

    def trimmed(self) -> StreamId:
        """The last record that is not in the journal any more."""
        return self._reached(self._keys.trimmed)

    def archived(self) -> StreamId:
        """The last record that an archiver has said to be on its disk."""
        return self._reached(self._keys.archived)

    def now_ms(self) -> int:
        """The server's time."""
        seconds, microseconds = self.client.time()
        return seconds * 1_000 + microseconds // 1_000

    def _reached(self, key: str) -> StreamId:
        found = Reached.parse(cast("bytes | None", self.client.get(key)))
        return StreamId.parse(found.record_id or NO_POSITION)

    def _page(self, command: str, start: str, end: str, size: PageSize) -> list[Entry]:
        # the client's own types of stream replies allow for every protocol and decoding at once
        read = getattr(self.client, command)
        raw = cast("_Raw", read(self._keys.journal, start, end, count=size.ask(PAGE_RECORDS_MAX)))
        page = [_entry(entry) for entry in raw]
        size.learn(len(page), sum(len(data) for _, data in page))
        return page


def tenants_of(client: redis.Redis) -> tuple[str, ...]:
    """The tenants that have a journal on this server."""
    found = client.scan_iter(match=JOURNALS_PATTERN, count=SCAN_COUNT)
    return tuple(sorted(set(map(tenant_of, found))))


def _entry(raw: tuple[bytes, dict[bytes, bytes]]) -> Entry:
    raw_id, fields = raw
    return raw_id.decode(), fields[b"r"] if list(fields) == [b"r"] else b""
