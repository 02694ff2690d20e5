"""Reads a tenant's records and work streams and gives them to the checker.

The work streams are read first and the journal after them, so that on a running router the journal
holds at least every event that the entries report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias, cast

import redis

from adapters.history import History, open_history
from adapters.redis.keys import Keys
from adapters.verify.checker import Checker
from adapters.verify.deliveries import Retained
from adapters.verify.findings import Report
from adapters.verify.wire import split_id

__all__ = ("Progress", "check_history", "check_stream")

PAGE_ENTRIES: Final = 500
SCAN_COUNT: Final = 1_000
WORK_RETENTION_MS: Final = 3_600_000
"""Work entries stay at least this long (docs/protocol.md, "Work streams")."""

_Page: TypeAlias = list[tuple[bytes, dict[bytes, bytes] | None]]


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
    """Check a tenant's journal and work streams, live or not; see :func:`check_history`."""
    history = open_history(client, tenant)
    return check_history(history, upto=upto, thorough=thorough, on_progress=on_progress)


def check_history(
    history: History,
    *,
    upto: str | None = None,
    thorough: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Check a tenant's records and, where there is a server, its work streams.

    The client must answer in bytes (``decode_responses=False``). ``upto`` is the id of the last
    record to look at. Raises :class:`adapters.history.HistoryTrimmed` for a history without its
    beginning, from which nothing can be proved, what reading a history raises, and redis' own
    errors.
    """
    history.require_whole()
    retained, client, keys = None, history.client, Keys(history.tenant)
    inboxes = _inboxes(client, keys) if client is not None else []
    if client is not None:
        retained = Retained(
            upto=upto or history.last,
            from_ms={inbox: _retained_from(client, keys.work(inbox)) for inbox in inboxes},
            default_from_ms=history.now_ms() - WORK_RETENTION_MS,
        )
    checker = Checker(retained=retained, thorough=thorough)
    reporter = _Reporter(checker, on_progress)
    if client is not None:
        for inbox in inboxes:
            for entry_id, fields in reporter.work(client, keys.work(inbox)):
                checker.work_entry(inbox, entry_id, fields)
    for record_id, data in reporter.records(history, upto or ""):
        checker.record(record_id, data)
    return checker.finish(journal_cut=upto is not None)


class _Reporter:
    """Tells how far reading has come, once for each page."""

    def __init__(self, checker: Checker, on_progress: Callable[[Progress], None] | None) -> None:
        self._checker = checker
        self._on_progress = on_progress

    def work(self, client: redis.Redis, key: str) -> Iterator[tuple[str, dict[bytes, bytes]]]:
        """The entries of a work stream."""
        total = int(client.xlen(key)) if self._on_progress else 0
        done = 0
        for page in _pages(client, key):
            for entry_id, fields in page:
                yield entry_id.decode(), fields or {}
            done += len(page)
            self._tell("work streams", done, total)

    def records(self, history: History, upto: str) -> Iterator[tuple[str, bytes]]:
        """The records up to an id, or to the last."""
        done = 0
        for done, entry in enumerate(history.records(upto=upto), start=1):
            yield entry
            if done % PAGE_ENTRIES == 0:
                self._tell("journal", done, history.count)
        self._tell("journal", done, done)

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._on_progress:
            found = self._checker.violations_total
            self._on_progress(Progress(stage, done, max(done, total), found))


def _pages(client: redis.Redis, key: str) -> Iterator[_Page]:
    start = "-"
    while True:
        page = cast("_Page", client.xrange(key, start, "+", count=PAGE_ENTRIES))
        if not page:
            return
        yield page
        start = "(" + page[-1][0].decode()


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


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
