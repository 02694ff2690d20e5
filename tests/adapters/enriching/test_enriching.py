"""Enriching from a real record: in time or not at all, and never in the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from adapters.enriching.enriching import FAILURES_MAX, Enriching, EnrichingTerms
from adapters.enriching.facts import FactTerms
from adapters.record.database import Database
from adapters.record.people import Maker, add_identity, merge
from adapters.record.schema import Handling, Outcome, Segment
from adapters.record.writing import put_issue, set_owner
from tests.records import new_record

MAKER = Maker("test", 50)
PATIENT = EnrichingTerms(deadline_s=30.0, facts=FactTerms(scores={"sold": 1.0}))
CREATE = {"type": "create", "customer_id": "c1", "queue": "billing", "channel": "voice"}


class Noted:
    """What was counted."""

    def __init__(self) -> None:
        self.results = Counter[str]()

    def enriched(self, result: str, took_s: float) -> None:
        assert took_s >= 0
        self.results[result] += 1


@pytest.fixture
async def record() -> AsyncIterator[Database]:
    async with new_record() as database:
        async with database.session(writes=True) as session:
            about = {"tenant": "t", "customer_id": "c1", "queue": "billing"}
            session.add(Segment(sequence=1, handlings=1, ended_ms=9, state="completed", **about))
            told = {"agent_id": "ann", "accepted_ms": 5, "ended_ms": 8, "ended_by": "completed"}
            session.add(Handling(tenant="t", sequence=1, number=1, **told))
            session.add(Outcome(agent_id="bob", at_ms=7, outcome="sold", **about))
            await set_owner(session, "t", "c1", "zoe", MAKER)
            await add_identity(session, "t", "c1", ("phone", "+49 30 1"), MAKER)
            await merge(session, "t", "c9", "c1", MAKER)
        yield database


async def test_what_is_known_goes_with_the_command(record: Database) -> None:
    noted = Noted()
    enriching = Enriching(record, "t", PATIENT, noted)
    owner = {"agent_id": "zoe", "kind": "owner"}
    expected = [
        owner,
        {"agent_id": "ann", "kind": "last_agent", "at_ms": 5},
        {"agent_id": "bob", "kind": "outcome", "at_ms": 7},
    ]
    assert await enriching.enrich(CREATE) == {**CREATE, "history": expected}
    assert (await enriching.enrich({**CREATE, "customer_id": "c9"}))["history"] == expected
    own = {**CREATE, "history": [owner]}
    assert await enriching.enrich(own) == own
    assert await enriching.enrich({**CREATE, "customer_id": ""}) == {**CREATE, "customer_id": ""}
    stranger = {**CREATE, "customer_id": "nobody"}
    assert await enriching.enrich(stranger) == stranger
    assert await Enriching(record, "u", PATIENT, noted).enrich(CREATE) == CREATE
    assert await enriching.customer_at("PHONE", "0049301") == "c1"
    assert await enriching.customer_at("phone", "2") == ""
    assert noted.results == {"known": 3, "unknown": 3}
    async with record.session(writes=True) as session:
        issue = {"title": "open", "queue": "billing", "is_resolved": False}
        await put_issue(session, "t", "c1", "w", issue, MAKER)
    history = (await enriching.enrich(CREATE))["history"]
    assert history[1] == {"agent_id": "ann", "kind": "last_agent"}


async def test_what_comes_late_is_left_out(record: Database) -> None:
    noted = Noted()
    enriching = Enriching(record, "t", EnrichingTerms(deadline_s=0.0), noted)
    done = await asyncio.gather(*(enriching.enrich(CREATE) for _ in range(50)))
    assert done == [CREATE] * 50
    assert noted.results["late"] == 32
    assert noted.results["skipped"] == 18
    await enriching.close()


async def test_a_database_that_fails_holds_up_nobody(record: Database) -> None:
    noted = Noted()
    enriching = Enriching(record, "t", PATIENT, noted)
    async with record.writing() as connection:
        await connection.execute(text("DROP TABLE customers"))
    for _ in range(FAILURES_MAX + 3):
        assert await enriching.enrich(CREATE) == CREATE
    assert noted.results == {"failed": FAILURES_MAX, "skipped": 3}
