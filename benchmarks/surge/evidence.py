"""What the journal proves once all is over: nothing lost, nothing twice, nobody passed over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis

from adapters.cli.connection import open_sync
from adapters.verify import Progress, check_stream
from benchmarks.chaos.outcomes import Outcomes
from benchmarks.floor.journal_reader import JournalRecord, read_journal
from benchmarks.surge.plan import CONTACT
from benchmarks.surge.urgency import ENDINGS, Urgency

__all__ = ("Evidence", "gather")

SHOWN: Final = 20


@dataclass(slots=True)
class Evidence:
    """Counts of what must not be, and what the journal says of the rest."""

    lost: int = 0
    """Creates that the server has acknowledged and of which the journal knows nothing."""

    unfinished: int = 0
    """Interactions that are open at the end."""

    duplicated: int = 0
    passed_over: int = 0
    """Offers of something less urgent while something more urgent, alike in all else, waited."""

    violations: int = 0
    violations_list: list[str] = field(default_factory=list)
    records: int = 0
    events: int = 0
    offers: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    """Creates that were refused, by the reason."""


async def gather(
    client: Redis,
    url: str,
    tenant: str,
    acknowledged: NDArray[np.int64],
    urgency: Urgency,
    on_progress: Callable[[Progress], None] | None = None,
) -> Evidence:
    """Read the journal, and have it checked; ``acknowledged`` are the numbers of contacts."""
    story = _Story(urgency)
    outcomes = Outcomes()
    async for record in read_journal(client, tenant):
        outcomes.feed(record)
        story.feed(record)
    doubled = [*outcomes.commands_doubled, *outcomes.interactions_doubled]
    evidence = Evidence(
        lost=sum(CONTACT % number not in story.known for number in acknowledged.tolist()),
        unfinished=len(story.open),
        duplicated=len(doubled),
        passed_over=urgency.passed_over,
        offers=outcomes.offers,
        refused=dict(story.refused),
    )

    def check() -> None:
        with open_sync(url) as checking:
            found = check_stream(checking, tenant, on_progress=on_progress)
        evidence.violations = found.violations_total
        evidence.violations_list = [*doubled, *map(str, found.violations)][:SHOWN]
        evidence.records, evidence.events = found.records, found.events

    await asyncio.to_thread(check)
    return evidence


class _Story:
    """What became of each interaction."""

    def __init__(self, urgency: Urgency) -> None:
        self.known: set[str] = set()
        self.open: set[str] = set()
        self.refused: Counter[str] = Counter()
        self._urgency = urgency

    def feed(self, record: JournalRecord) -> None:
        """Take in the next record."""
        for event in record.events:
            kind = event["type"]
            if kind == "interaction_created":
                self.known.add(event["interaction_id"])
                self.open.add(event["interaction_id"])
            elif kind in ENDINGS:
                self.open.discard(event["interaction_id"])
            elif kind == "rejected" and event["command"] == "create":
                self.known.add(event.get("target", ""))
                self.refused[event["code"]] += 1
            self._urgency.follow(event)
        self._urgency.close_record()
