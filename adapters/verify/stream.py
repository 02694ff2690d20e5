"""Reads a tenant's streams from Redis and gives them to the checker.

The work streams are read first and the journal after them, so that on a running router the journal
holds at least every event that the entries report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias, cast

import redis

from adapters.redis.keys import JOURNALS_PATTERN, Keys, tenant_of
from adapters.verify.checker import Checker
from adapters.verify.deliveries import Retained
from adapters.verify.findings import Report
from adapters.verify.wire import split_id
from router.errors import CallerError

__all__ = ("JournalMissing", "Progress", "check_stream")

PAGE_ENTRIES: Final = 500
SCAN_COUNT: Final = 1_000
WORK_RETENTION_MS: Final = 3_600_000
"""Work entries stay at least this long (docs/protocol.md, "Work streams")."""

_Page: TypeAlias = list[tuple[bytes, dict[bytes, bytes] | None]]


class JournalMissing(CallerError):
    """There is no journal for the tenant; ``tenants`` lists those that the server has."""

    def __init__(self, tenant: str, tenants: tuple[str, ...]) -> None:
        super().__init__(tenant, tenants)
        self.tenant = tenant
        self.tenants = tenants

    def __str__(self) -> str:
        found = ", ".join(self.tenants) if self.tenants else "none"
        return f"no journal of tenant {self.tenant!r} on this server (tenants found: {found})"


class Progress(NamedTuple):
    """How far a check has come: ``done`` of ``total`` entries of what is being read."""

    stage: str
    done: int
    total: int
    violations: int


def check_stream(
    client: redis.Redis,
    tenant: str = "main",
    *,
    upto: str | None = None,
    thorough: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Check a tenant's journal and work streams, live or not.

    ``client`` must answer in bytes (``decode_responses=False``). ``upto`` is the id of the last
    record to look at. Raises :class:`JournalMissing`, :class:`adapters.redis.keys.TenantError`
    and redis' own errors.
    """
    keys = Keys(tenant)
    if client.type(keys.journal) != b"stream":
        raise JournalMissing(tenant, _tenants(client))
    last = upto or _last_id(client, keys.journal)
    inboxes = _inboxes(client, keys)
    retained = Retained(
        upto=last,
        from_ms={inbox: _retained_from(client, keys.work(inbox)) for inbox in inboxes},
        default_from_ms=_server_ms(client) - WORK_RETENTION_MS,
    )
    checker = Checker(retained=retained, thorough=thorough)
    reporter = _Reporter(checker, on_progress)
    for inbox in inboxes:
        for entry_id, fields in reporter.watch(client, keys.work(inbox), "work streams", "+"):
            checker.work_entry(inbox, entry_id, fields)
    for record_id, fields in reporter.watch(client, keys.journal, "journal", upto or "+"):
        checker.record(record_id, fields.get(b"r", b""))
    return checker.finish(journal_cut=upto is not None)


class _Reporter:
    """Tells how far reading has come, once for each page."""

    def __init__(self, checker: Checker, on_progress: Callable[[Progress], None] | None) -> None:
        self._checker = checker
        self._on_progress = on_progress

    def watch(
        self, client: redis.Redis, key: str, stage: str, end: str
    ) -> Iterator[tuple[str, dict[bytes, bytes]]]:
        """The entries of a stream from its beginning to an id."""
        total = int(client.xlen(key)) if self._on_progress else 0
        done = 0
        for page in _pages(client, key, end):
            for entry_id, fields in page:
                yield entry_id.decode(), fields or {}
            done += len(page)
            if self._on_progress:
                found = self._checker.violations_total
                self._on_progress(Progress(stage, done, max(done, total), found))


def _pages(client: redis.Redis, key: str, end: str) -> Iterator[_Page]:
    start = "-"
    while True:
        page = cast("_Page", client.xrange(key, start, end, count=PAGE_ENTRIES))
        if not page:
            return
        yield page
        start = "(" + page[-1][0].decode()


def _last_id(client: redis.Redis, key: str) -> str:
    found: dict[str, Any] = client.xinfo_stream(key)
    return _text(found["last-generated-id"])


def _retained_from(client: redis.Redis, key: str) -> int:
    """The time from which a work stream's entries are all still there; 0: it was never trimmed."""
    found: dict[str, Any] = client.xinfo_stream(key)
    if found["entries-added"] == found["length"]:
        return 0
    first = found["first-entry"]
    return split_id(_text(first[0] if first else found["last-generated-id"]))[0]


def _inboxes(client: redis.Redis, keys: Keys) -> list[str]:
    prefix = keys.work("")
    found = client.scan_iter(match=prefix + "*", count=SCAN_COUNT, _type="stream")
    # a scan may name a key twice while the table of keys grows
    return sorted({_text(key).removeprefix(prefix) for key in found})


def _tenants(client: redis.Redis) -> tuple[str, ...]:
    found = client.scan_iter(match=JOURNALS_PATTERN, count=SCAN_COUNT)
    return tuple(sorted(set(map(tenant_of, found))))


def _server_ms(client: redis.Redis) -> int:
    seconds, microseconds = client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
