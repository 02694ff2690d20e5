"""Questions about the past: each reads the journal (and the archive), in another process.

These functions run in a reader (``readers.py``): they take and give plain values, look at
the clock now and then, and give up when it has taken too long.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from adapters.cli.connection import open_sync
from adapters.history import History, open_history
from adapters.journal_text import events_of
from adapters.policies.outcomes import PolicyOutcome, outcome_of
from adapters.policies.versions import newest_first
from adapters.policies.versions import version_of as policy_version_of
from adapters.redis.journal_stream import record_of
from adapters.redis.stream_ids import StreamId
from adapters.statistics.figures import Figures
from adapters.statistics.first_contacts import first_contacts_of_intervals
from adapters.statistics.fits import fits_of_intervals
from adapters.statistics.grouping import Grouping
from adapters.statistics.intervals import figures_of_intervals
from adapters.statistics.statistics import Statistics
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Days, Intervals, Span
from router.errors import CallerError
from router.record import GENESIS, Record

__all__ = (
    "LINES_MAX",
    "AskedIntervals",
    "Clock",
    "Source",
    "TooMuch",
    "interval_contacts",
    "interval_fits",
    "interval_statistics",
    "opened",
    "policy_outcome",
    "policy_version",
    "policy_versions",
    "verdict_of",
)

LINES_MAX: Final = 20_000
LOOK_EVERY: Final = 64
"""Records that are read between two looks at the clock."""


class TooMuch(CallerError):
    """A question that would take too long, or have too long an answer; the text says what to do."""


class Source(Struct, frozen=True):
    """Where a tenant's history is, and how long a question may take."""

    url: str
    tenant: str
    archive: Path | None
    seconds: float


class AskedIntervals(Struct, frozen=True):
    """Which intervals: ``interval_ms`` 0 is one for all; None: from the first record, or to now."""

    interval_ms: int
    zone: str
    by: Grouping
    from_ms: int | None
    to_ms: int | None


class Clock:
    """Says when a question has taken too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until_s = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Whether it has."""
        return time.monotonic() > self._until_s

    def bounded(self, entries: Iterator[Any]) -> Iterator[Any]:
        """The same, as long as there is time. Raises :class:`TooMuch`."""
        for number, entry in enumerate(entries):
            if number % LOOK_EVERY == 0 and self.is_over():
                raise TooMuch(f"it takes longer than {self._seconds:g} s: ask for less")
            yield entry


@contextmanager
def opened(source: Source) -> Iterator[History]:
    """The history of a tenant."""
    with closing(open_sync(source.url)) as client:
        yield open_history(client, source.tenant, source.archive)


def interval_statistics(source: Source, asked: AskedIntervals) -> Figures:
    """Intervals that are over, as `onequeue stats --from --json` tells them."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        records = clock.bounded(history.records(upto=history.last))
        first = record_of(*next(records))
        intervals = _intervals(asked, first, history.now_ms())
        statistics = Statistics(intervals, (asked.by,), THRESHOLDS_S)
        found: list[Figures] = []
        lines = 0
        decoded = _decoded(first, records)
        for figures in figures_of_intervals(statistics, intervals, decoded, asked.by):
            found.append(figures)
            lines += max(1, len(figures["rows"]))
            if lines > LINES_MAX:
                raise TooMuch(f"these are more than {LINES_MAX:,} lines: ask for less")
    return {
        "tenant": source.tenant,
        "first_record_ms": first.now_ms,
        "whole": first.prev == GENESIS,
        "zone": asked.zone,
        "interval_s": asked.interval_ms // 1_000,
        "by": ",".join(asked.by),
        "intervals": found,
    }


def _decoded(first: Record, records: Iterator[tuple[str, bytes]]) -> Iterator[Record]:
    yield first
    for record_id, data in records:
        yield record_of(record_id, data)


def _intervals(asked: AskedIntervals, first: Record, now_ms: int) -> Intervals:
    """Those of the time that is asked for, as far as the journal tells of it."""
    zone = ZoneInfo(asked.zone)
    earliest_ms = first.now_ms
    if first.prev == GENESIS and asked.interval_ms:  # nothing was before it
        earliest_ms = Days(zone).interval_at(first.now_ms, asked.interval_ms).begin_ms
    begin_ms = max(earliest_ms, asked.from_ms or 0)
    end_ms = now_ms if asked.to_ms is None else min(asked.to_ms, now_ms)
    if begin_ms >= end_ms:
        raise TooMuch(
            f"the journal tells of {earliest_ms} to {now_ms}, and nothing of what is asked for"
        )
    if asked.interval_ms and (end_ms - begin_ms) // asked.interval_ms > LINES_MAX:
        raise TooMuch(f"these are more than {LINES_MAX:,} intervals: ask for less")
    return Intervals(zone, asked.interval_ms, Span(begin_ms, end_ms))


def interval_fits(source: Source, asked: AskedIntervals) -> list[dict[str, Any]]:
    """How well agents fitted what they answered, by interval, queue and channel."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        records = clock.bounded(history.records(upto=history.last))
        first = record_of(*next(records))
        intervals = _intervals(asked, first, history.now_ms())
        return list(fits_of_intervals(_decoded(first, records), intervals))


def interval_contacts(
    source: Source, asked: AskedIntervals, withins_s: list[int]
) -> list[dict[str, Any]]:
    """What was resolved at first contact, by interval, queue and channel."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        records = clock.bounded(history.records(upto=history.last))
        first = record_of(*next(records))
        now_ms = history.now_ms()
        intervals = _intervals(asked, first, now_ms)
        decoded = _decoded(first, records)
        return first_contacts_of_intervals(decoded, intervals, withins_s, now_ms)


def policy_versions(source: Source, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Versions of the policy before one (None: from the one in force on), the newest first, without
    their documents."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        found = []
        for one in clock.bounded(newest_first(history)):
            if before is None or one.version < before:
                told = one._asdict()
                del told["document"]
                found.append(told)
            if len(found) == limit:
                break
        return found


def policy_version(source: Source, version: int | None) -> dict[str, Any]:
    """One version with its document; None: the one in force."""
    with opened(source) as history:
        return policy_version_of(history, version)._asdict()


def policy_outcome(source: Source, entry_id: str) -> PolicyOutcome | None:
    """What became of a policy that was sent; None: it is not decided yet."""
    with opened(source) as history:
        return outcome_of(history, entry_id)


def verdict_of(source: Source, entry_id: str) -> dict[str, Any] | None:
    """What became of an entry of the inbound stream: the record that decided it, and the types of
    the events that it caused, with its rejection if it was refused. None: it is not kept."""
    clock = Clock(source.seconds)
    wanted = StreamId.parse(entry_id)
    decided: dict[str, Any] | None = None
    with opened(source) as history:
        for record_id, data in clock.bounded(history.backward()):
            if StreamId.parse(record_of(record_id, data).position) < wanted:
                return decided
            caused = [e for e in events_of(record_id, data) if e.get("cause") == entry_id]
            decided = _merged(record_id, caused, decided)
    return decided if wanted == StreamId(0, 0) else None


def _merged(
    record_id: str, caused: list[dict[str, Any]], later: dict[str, Any] | None
) -> dict[str, Any]:
    """A command may be decided in a later record than the one that has taken it up."""
    if later is not None and later["events"]:
        return {**later, "events": [*_types(caused), *later["events"]]}
    rejected = next((event for event in caused if event["type"] == "rejected"), None)
    return {"record_id": record_id, "events": _types(caused), "rejected": rejected}


def _types(caused: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in caused]
