"""A record of many customers, asked for some of them, as the API asks before it creates."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import insert

from adapters.enriching.enriching import Enriching, EnrichingTerms, Result
from adapters.record.database import Database
from adapters.record.migrating import migrate
from adapters.record.schema import Base, Conversation, Customer, Handling, Outcome, Segment
from benchmarks.engine.environment import environment

__all__ = ("Options", "run")

TENANT: Final = "bench"
TARGET_MS: Final = 5.0
FORMAT: Final = "onequeue-enrichment-1"
AT_ONCE: Final = 5_000
SEGMENTS: Final = 3
"""Of each customer."""

AGENTS: Final = 500
QUEUES: Final = ("billing", "support", "sales")
DAY_MS: Final = 86_400_000


class Options(NamedTuple):
    """How many customers, how many questions, and where ("": a file of SQLite for this run)."""

    customers: int
    creates: int
    deadline_ms: float
    url: str
    seed: int


class _Counts:
    def __init__(self) -> None:
        self.results: Counter[str] = Counter()

    def enriched(self, result: str, took_s: float) -> None:
        """Count it."""
        self.results[str(result)] += 1


async def run(options: Options, told: Callable[[str], None]) -> dict[str, Any]:
    """Fill a record, ask it, and tell how long whoever creates is held up."""
    with tempfile.TemporaryDirectory(prefix="onequeue-bench-") as directory:
        url = options.url or f"sqlite:///{Path(directory)}/record.sqlite3"
        database = Database(url)
        try:
            await migrate(database)
            began_s = time.monotonic()
            await _fill(database, options)
            told(f"{options.customers:,} customers in {time.monotonic() - began_s:.0f} s")
            return await _measured(database, options)
        finally:
            await database.close()


async def _fill(database: Database, options: Options) -> None:
    draw = random.Random(options.seed)  # noqa: S311  # nobody is to be surprised by it
    for begin in range(0, options.customers, AT_ONCE):
        rows: dict[type[Base], list[dict[str, Any]]] = {
            kind: [] for kind in (Customer, Conversation, Segment, Handling, Outcome)
        }
        for number in range(begin, min(begin + AT_ONCE, options.customers)):
            _add_customer(rows, number, draw)
        async with database.writing() as connection:
            for kind, some in rows.items():
                await connection.execute(insert(kind), some)


def _add_customer(
    rows: dict[type[Base], list[dict[str, Any]]], number: int, draw: random.Random
) -> None:
    name = f"c{number}"
    owner = f"a{draw.randrange(AGENTS)}" if draw.random() < 0.2 else ""
    about = {"tenant": TENANT, "customer_id": name}
    rows[Customer].append({**about, "person_id": name, "owner": owner, "owner_since_ms": 1})
    rows[Conversation].append({**about, "conversation_id": f"k{number}", "last_ms": number})
    for part in range(SEGMENTS):
        sequence, agent = number * SEGMENTS + part + 1, f"a{draw.randrange(AGENTS)}"
        queue, at_ms = draw.choice(QUEUES), part * DAY_MS + 1
        place = {"tenant": TENANT, "sequence": sequence}
        rows[Segment].append(
            {**about, "sequence": sequence, "interaction_id": f"i{sequence}", "queue": queue,
             "conversation_id": f"k{number}", "channel": "voice", "state": "completed",
             "agent_id": agent, "created_ms": at_ms, "ended_ms": at_ms + 9, "handlings": 1}
        )  # fmt: skip
        rows[Handling].append(
            {**place, "number": 1, "agent_id": agent, "accepted_ms": at_ms, "ended_ms": at_ms + 9,
             "ended_by": "completed", "outcome": "resolved"}
        )  # fmt: skip
        rows[Outcome].append(
            {**about, "agent_id": agent, "queue": queue, "at_ms": at_ms, "kind": "outcome",
             "outcome": "resolved", "source": "journal"}
        )  # fmt: skip


async def _measured(database: Database, options: Options) -> dict[str, Any]:
    counts, draw = _Counts(), random.Random(options.seed + 1)  # noqa: S311  # see above
    terms = EnrichingTerms(deadline_s=options.deadline_ms / 1_000)
    enriching = Enriching(database, TENANT, terms, counts)
    took_ms = []
    for _ in range(options.creates):
        customer = f"c{draw.randrange(options.customers)}"
        create = {"type": "create", "customer_id": customer, "queue": draw.choice(QUEUES)}
        began_s = time.perf_counter()
        await enriching.enrich(create)
        took_ms.append((time.perf_counter() - began_s) * 1_000)
    await enriching.close()
    return _report(options, database.shown, took_ms, counts.results)


def _report(
    options: Options, shown: str, took_ms: list[float], results: Counter[str]
) -> dict[str, Any]:
    p50, p90, p99 = (float(each) for each in np.percentile(took_ms, (50, 90, 99)))
    added = {"p50": p50, "p90": p90, "p99": p99, "max": max(took_ms)}
    return {
        "format": FORMAT,
        "environment": environment(),
        "customers": options.customers,
        "creates": options.creates,
        "database": shown.partition(":")[0],
        "added_ms": {name: round(value, 3) for name, value in added.items()},
        "results": {each.value: results[each.value] for each in Result},
        "target_ms": TARGET_MS,
        "met": p50 <= TARGET_MS,
    }
