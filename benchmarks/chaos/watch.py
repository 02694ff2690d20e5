"""Follows the journal while the run goes on: for the view, and to know when all is done."""

from __future__ import annotations

from collections import Counter
from typing import Final, cast

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from benchmarks.chaos.scenario import TENANT
from benchmarks.floor.journal_reader import JournalRecord, follow_journal
from benchmarks.floor.wire import last_id

__all__ = ("Watch",)

ENDINGS: Final = ("interaction_wrapped_up", "interaction_cancelled", "interaction_diverted")


class Watch:
    """Counts of events so far, and how far inbound has been consumed."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self.counts: Counter[str] = Counter()
        self.position = StreamId(0, 0)

    @property
    def open(self) -> int:
        """Interactions that have been created and have not ended."""
        return self.counts["interaction_created"] - sum(self.counts[kind] for kind in ENDINGS)

    async def follow(self) -> None:
        """Take in every record as it is written; does not end."""
        async for record in follow_journal(self._client, TENANT):
            self._take(record)

    async def has_caught_up(self) -> bool:
        """Whether every command has its outcome."""
        newest = StreamId.parse(await last_id(self._client, Keys(TENANT).inbound))
        return self.position >= newest

    def _take(self, record: JournalRecord) -> None:
        self.counts.update(cast("str", event["type"]) for event in record.events)
        self.position = StreamId.parse(record.position)
