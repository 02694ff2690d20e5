"""The journal as the statistics read it: its records, whether they are all, and the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

import redis

from adapters.cli.output import UsageError
from adapters.cli.progress import folding_bar
from adapters.explain.journal import JournalSpan, read_records
from adapters.explain.words import clock
from adapters.redis.journal_stream import record_of
from router.record import GENESIS, Record

__all__ = ("JournalRecords", "now_ms_of")


class JournalRecords:
    """What the journal holds by now, from its first record on; to be read once."""

    def __init__(
        self, client: redis.Redis, span: JournalSpan, bars: ExitStack, *, quiet: bool = False
    ) -> None:
        on_progress = None if quiet else folding_bar(bars, span.records)
        self._entries = read_records(client, span, on_progress)
        self.events = 0
        first = next(self._entries, None)
        if first is None:
            raise UsageError("the journal went away while it was read")
        self.first = record_of(*first)

    def __iter__(self) -> Iterator[Record]:
        for record in chain((self.first,), (record_of(*entry) for entry in self._entries)):
            self.events += len(record.events)
            yield record

    @property
    def is_whole(self) -> bool:
        """Whether the first record is the first that the tenant ever had."""
        return self.first.prev == GENESIS

    @property
    def note(self) -> str:
        """What is not known, where something is missing."""
        return (
            f"the journal's beginning is not kept (its first record is of "
            f"{clock(self.first.now_ms)}): what was open, who was signed in and which targets were "
            "in force before is not known"
        )


def now_ms_of(client: redis.Redis) -> int:
    """The server's time."""
    seconds, microseconds = client.time()
    return seconds * 1_000 + microseconds // 1_000
