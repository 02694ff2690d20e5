"""Why this interaction before a more urgent one, and why not the better agent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.explain import Explanation, explain_offer
from adapters.explain.as_json import offer_as_json
from adapters.explain.text import offer_page
from tests.adapters.explain.written import Written, create, login
from tests.policies import changed

FRENCH: Any = {"requirements": [{"skill": "french"}]}


def served(**priorities: int) -> dict[str, Any]:
    return {"queues": {queue: {"priority": number} for queue, number in priorities.items()}}


RANKED = changed(
    profiles={"desk": served(billing=1, general=2), "others": served(billing=40, general=7)}
)


def explained(floor: Written, interaction_id: str, *why_not: str) -> Explanation:
    offer = floor.offer_of(interaction_id)
    found = explain_offer(floor.records, offer.offer_id, why_not)
    assert found.mismatches == ()
    msgspec.json.encode(offer_as_json(found))
    return found


def told(found: Explanation) -> str:
    return "\n".join(map(str, offer_page(found, top=3)))


@pytest.fixture
def floor() -> Written:
    """Ann and bob become free at once; bob is better for both calls, and each has a first queue."""
    floor = Written(RANKED)
    floor.send(create("bill", queue="billing", **FRENCH))
    floor.send(create("urgent", queue="general", priority=9, **FRENCH))
    floor.send(
        login("ann", french=1) | {"profile": "desk"}, login("bob", french=5) | {"profile": "others"}
    )
    return floor


def test_the_priority_of_the_queue_is_told(floor: Written) -> None:
    page = told(explained(floor, "bill"))
    assert "agent: ann was free and chose it" in page
    assert "by its queue's priority 1 in their profile" in page
    assert "next in value (by priority): urgent" in page
    assert "(priority 2)" in page


def test_the_better_agent_is_due_elsewhere(floor: Written) -> None:
    found = explained(floor, "bill", "bob")
    assert [one.agent_id for one in found.ranking.candidates] == ["ann"]
    assert found.ranking.counts["candidates"] == 2
    page = told(found)
    assert "why not bob? passed over: urgent comes first (precedence 7, here 40)" in page
    page = told(explained(floor, "bill"))
    assert "1 passed over" in page


def test_whom_they_know_comes_before_everything_else() -> None:
    floor = Written(changed(queues={"general": {"preferred_first": True}}))
    floor.send(create("urgent", queue="billing", priority=9))
    floor.send(create("hers", history=[{"agent_id": "ann", "kind": "owner"}], **FRENCH))
    floor.send(login("ann", french=1), login("bob", french=5))
    found = explained(floor, "hers", "bob")
    assert found.event.agent_id == "ann"
    page = told(found)
    assert "before everything else: ann knows the customer" in page
    assert "why not bob? passed over: " in page


def test_a_record_that_says_something_else_is_found_out(floor: Written) -> None:
    record_id, data = floor.records[-1]
    bent = msgspec.msgpack.decode(data)
    for event in bent["events"]:
        if event.get("interaction_id") == "bill" and event["type"] == "offer_issued":
            event["decision"]["chosen"] = ["ann", 2, 0]
            offer_id = event["offer_id"]
    records = [*floor.records[:-1], (record_id, msgspec.msgpack.encode(bent))]
    found = explain_offer(records, offer_id)
    assert {one.field for one in found.mismatches} == {
        "decision.chosen: precedence",
        "decision.chosen: due elsewhere",
    }
