"""Decisions told from where a snapshot stands, and found by halving."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from adapters.api.reading.explaining import (
    Life,
    explained_interaction,
    explained_offer,
    recorded_decision,
)
from adapters.api.reading.past import Source
from adapters.explain import JournalCut, UnknownOffer
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router import events as ev
from router.engine import Engine
from router.recovery import follow
from router.snapshot.store import save_state
from router.tail import Tail
from tests.adapters.explain.written import Written, a_floor, create
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

TENANT = "main"


def source(server: EmbeddedServer) -> Source:
    return Source(server.url, TENANT, None, 60.0)


def snapshot_after(server: EmbeddedServer, floor: Written, records: int) -> str:
    """The state after so many records, as an archiver would have kept it."""
    return asyncio.run(_saved(server, floor, records))


async def _saved(server: EmbeddedServer, floor: Written, records: int) -> str:
    engine, tail = Engine(), Tail()
    for record_id, data in floor.records[:records]:
        tail = tail.after(follow(engine, tail, record_id, data), data)
    snapshots = RedisSnapshots(Endpoint(server.url), Keys(TENANT))
    last_id = floor.records[records - 1][0]
    await save_state(snapshots, engine.state, tail, last_id, "0")
    await snapshots.close()
    return last_id


def offer_record(floor: Written, offer_id: str) -> int:
    """Of which record an offer is, by its place."""
    wanted = f"{offer_id}".encode()
    return next(n for n, (_, data) in enumerate(floor.records) if wanted in data)


def told(server: EmbeddedServer, offer_id: str, *why_not: str) -> dict[str, Any]:
    return explained_offer(source(server), offer_id, list(why_not), 100, show_attributes=True)


def test_every_offer_is_found_among_those_of_all_leaders(server: EmbeddedServer) -> None:
    floor = a_floor()
    floor.take_lead()
    for number in range(40):
        floor.send(create(f"more-{number}", channel="letter"), after_ms=7)
        floor.send(after_ms=1)
    floor.take_lead()
    floor.send(create("last", channel="letter"))
    floor.write(server, TENANT)
    for offer in floor.offers:
        found = recorded_decision(source(server), offer.offer_id)
        assert (found["interaction_id"], found["agent_id"]) == (
            offer.interaction_id,
            offer.agent_id,
        )
        assert found["decision"]["best"] == [structs.asdict(one) for one in offer.decision.best]
    assert {offer.offer_id.partition("-")[0] for offer in floor.offers} >= {"1", "2"}
    for unknown in ("1-999", "9-1", "2-0", "call-1"):
        with pytest.raises(UnknownOffer):
            recorded_decision(source(server), unknown)


def test_it_comes_out_the_same_from_a_snapshot(server: EmbeddedServer) -> None:
    floor = a_floor()
    floor.write(server, TENANT)
    offer_id = floor.offer_of("call-1").offer_id
    whole = told(server, offer_id, "ben", "dora", "carl", "gus")
    assert whole["begun_after"] == ""
    begun_after = snapshot_after(server, floor, offer_record(floor, offer_id))
    from_there = told(server, offer_id, "ben", "dora", "carl", "gus")
    assert from_there["begun_after"] == begun_after
    assert from_there["agrees"]
    same = set(whole) - {"begun_after", "filtered", "why_not", "chosen_by"}
    assert {name: from_there[name] for name in same} == {name: whole[name] for name in same}
    assert [(one["agent_id"], one["filter"]) for one in from_there["filtered"]] == [
        (one["agent_id"], one["filter"]) for one in whole["filtered"]
    ]
    reasons = {one["agent_id"]: one["reason"] for one in from_there["why_not"]}
    assert reasons["carl"].startswith("unavailable since")  # why, a snapshot does not tell


def test_a_later_snapshot_does_not_serve_an_earlier_decision(server: EmbeddedServer) -> None:
    floor = a_floor()
    floor.write(server, TENANT)
    snapshot_after(server, floor, len(floor.records))
    assert told(server, floor.offer_of("call-1").offer_id)["begun_after"] == ""


def test_behind_a_snapshot_the_journal_may_be_trimmed(server: EmbeddedServer) -> None:
    floor = a_floor()
    floor.write(server, TENANT)
    offer_id = floor.offer_of("call-1").offer_id
    place = offer_record(floor, offer_id)
    with plain_client(server) as client:
        first_kept = floor.records[place][0]
        client.xtrim(Keys(TENANT).journal, minid=first_kept, approximate=False)
    with pytest.raises(JournalCut):
        told(server, offer_id)
    begun_after = snapshot_after(server, floor, place)
    found = told(server, offer_id, "nobody-at-all")
    assert found["begun_after"] == begun_after
    assert "was not logged in, nor had been since" in found["why_not"][0]["reason"]


def test_an_interaction_is_told_from_before_it_came_to_its_end(
    server: EmbeddedServer,
) -> None:
    floor = a_floor()
    came = [e for e in floor.events if isinstance(e, ev.InteractionCreated)]
    created_ms = next(e.created_ms for e in came if e.interaction_id == "call-1")
    floor.write(server, TENANT)
    place = offer_record(floor, "call-1")
    begun_after = snapshot_after(server, floor, place)
    life = Life(created_ms, None)
    found = explained_interaction(source(server), "call-1", life, [], 100, show_attributes=False)
    assert found["begun_after"] == begun_after
    assert found["agrees"]
    whole = explained_interaction(
        source(server), "call-1", Life(0, None), [], 100, show_attributes=False
    )
    assert (found["state"], len(found["offers"])) == (whole["state"], len(whole["offers"]))
    until = explained_interaction(
        source(server), "call-1", Life(created_ms, created_ms), [], 100, show_attributes=False
    )
    assert until["now_ms"] == created_ms
