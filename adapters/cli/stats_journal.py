"""The journal as the statistics read it: its records, and whether they are all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

from adapters.cli.output import UsageError
from adapters.cli.progress import folding_bar
from adapters.explain.words import clock
from adapters.history import History, counted
from adapters.history.errors import REMEDY
from adapters.redis.journal_stream import record_of
from router.record import GENESIS, Record

__all__ = ("JournalRecords",)


class JournalRecords:
    """What a history holds by now, from its first record on; to be read once."""

    def __init__(self, history: History, bars: ExitStack, *, quiet: bool = False) -> None:
        on_progress = None if quiet else folding_bar(bars, history.count)
        self._entries = counted(history.records(upto=history.last), on_progress)
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
            f"in force before is not known; {REMEDY}"
        )
