"""Journeys read from a real journal."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.history import History, open_history
from adapters.journeys import find_creations, follow
from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.tenant import Tenant, running_service

CUSTOMER = {"customer_id": "c", "conversation_id": "m", "channel": "chat"}


@pytest.fixture
async def history(server: EmbeddedServer) -> Any:
    tenant = Tenant(server, "journeys")
    async with running_service(server.url, "journeys"):
        for number in range(3):
            tenant.send({"type": "create", "interaction_id": f"i{number}", **CUSTOMER})
            tenant.send({"type": "create", "interaction_id": f"x{number}", "channel": "chat"})
        tenant.send({"type": "cancel", "interaction_id": "i1", "reason": "bored"})
        await tenant.until(lambda: tenant.journal().of(ev.InteractionCancelled))
        yield open_history(tenant.client, "journeys")
    tenant.client.close()


def names(found: Any) -> list[str]:
    return [one.event["interaction_id"] for one in found.creations]


async def test_what_belongs_together_is_found_from_the_newest_on(history: History) -> None:
    assert names(find_creations(history, "conversation_id", "m", 10)) == ["i2", "i1", "i0"]
    first = find_creations(history, "customer_id", "c", 2)
    assert names(first)[:2] == ["i2", "i1"]
    rest = find_creations(history, "customer_id", "c", 2, first.before) if first.before else None
    assert names(first) + (names(rest) if rest else []) == ["i2", "i1", "i0"]
    assert names(find_creations(history, "customer_id", "nobody", 2)) == []


async def test_looking_stops_when_it_takes_too_long(history: History) -> None:
    found = find_creations(history, "customer_id", "nobody", 2, "", lambda: True)
    assert found.creations == []


async def test_what_happened_is_followed_to_the_end(history: History) -> None:
    creations = find_creations(history, "conversation_id", "m", 10).creations
    journey = follow(history, creations)
    assert journey.is_whole
    states = {leg.interaction_id: leg.state for leg in journey.legs}
    assert states == {"i0": "queued", "i1": "cancelled", "i2": "queued"}
    assert {step.interaction_id for step in journey.steps} == {"i0", "i1", "i2"}
    (end,) = [step for step in journey.steps if step.event == "interaction_cancelled"]
    assert end.reason == "bored"
    cut = follow(history, creations, steps_max=2)
    assert (len(cut.steps), cut.is_whole) == (2, False)
    assert follow(history, []).legs == []
