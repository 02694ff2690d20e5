"""A tenant's journal in Redis: where it begins and ends, and its records in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias, cast

import redis

from adapters.redis.keys import JOURNALS_PATTERN, Keys, tenant_of
from adapters.redis.paging import PageSize
from adapters.verify.stream import JournalMissing
from router.errors import CorruptJournal

__all__ = ("JournalSpan", "read_records", "span_of")

PAGE_RECORDS_MAX: Final = 1_024
SCAN_COUNT: Final = 1_000

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]


class JournalSpan(NamedTuple):
    """The records that a journal held when it was asked; what comes later is not looked at."""

    key: str
    first: str
    last: str
    records: int


def span_of(client: redis.Redis, tenant: str) -> JournalSpan:
    """The span of a tenant's journal. Raises :class:`adapters.verify.JournalMissing`."""
    key = Keys(tenant).journal
    first = _page(client, "xrange", key, "-", "+", 1) if client.type(key) == b"stream" else []
    if not first:
        tenants = client.scan_iter(match=JOURNALS_PATTERN, count=SCAN_COUNT)
        raise JournalMissing(tenant, tuple(sorted(set(map(tenant_of, tenants)))))
    last = _page(client, "xrevrange", key, "+", "-", 1)
    return JournalSpan(key, first[0][0].decode(), last[0][0].decode(), int(client.xlen(key)))


def read_records(
    client: redis.Redis, span: JournalSpan, on_progress: Callable[[int], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Every record of the span; ``on_progress`` is told how many have been given, now and then.

    Raises :class:`CorruptJournal` for an entry that is no record.
    """
    start, given, size = "-", 0, PageSize(PAGE_RECORDS_MAX)
    while page := _page(client, "xrange", span.key, start, span.last, size.ask(PAGE_RECORDS_MAX)):
        size.learn(len(page), sum(len(data) for _, fields in page for data in fields.values()))
        for raw_id, fields in page:
            record_id = raw_id.decode()
            if list(fields) != [b"r"]:
                raise CorruptJournal(record_id, "it has other fields than the one field r")
            yield record_id, fields[b"r"]
        given += len(page)
        start = f"({page[-1][0].decode()}"
        if on_progress:
            on_progress(given)


def _page(
    client: redis.Redis, command: str, key: str, start: str, end: str, count: int
) -> list[_Entry]:
    # the client's own types of stream replies allow for every protocol and decoding at once
    return cast("list[_Entry]", getattr(client, command)(key, start, end, count=count))
