"""Every command of the protocol leaves an event that names it, and so has a verdict."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.projection.projection import Projection
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.submitting.submitter import Submitter
from adapters.submitting.verdict import Verdict
from router.commands import COMMAND_TYPES
from router.events import PolicyAnnounced, PolicyReplaced
from tests.servers import start_server
from tests.tenant import POLICY, running_service

CHANNELS: dict[str, Any] = {
    **POLICY["channels"],
    "mail": {"cost": 10, "maximum": 9, "wrap_up_s": 60, "release_idle": True},
    "call": {"cost": 10, "callback": {"attempts_max": 3, "retry_after_s": 60}},
}
FLOOR: dict[str, Any] = {
    **POLICY,
    "channels": CHANNELS,
    "activities": {"break": {}},
    "queues": {**POLICY["queues"], "billing": {}},
}
LATER_MS = 32_503_680_000_000


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        found = start_server("valkey", Path(directory))
        yield found
        found.stop()


class Floor:
    """What says one command after the other, and keeps the verdicts."""

    def __init__(self, submitter: Submitter, projection: Projection) -> None:
        self.submitter, self.projection = submitter, projection
        self.said: set[str] = set()

    async def says(self, kind: str, **fields: Any) -> Verdict:
        verdict = await self.submitter.submit({"type": kind, **fields})
        assert verdict.events, kind
        assert {event.cause for event in verdict.events} == {verdict.entry_id}
        assert self.projection.last_id == verdict.record_id
        self.said.add(kind)
        return verdict

    async def twice(self, kind: str, **fields: Any) -> None:
        """Carried out; and there is an event that says what became of the second, too."""
        first = await self.says(kind, **fields)
        assert first.rejected is None, first.rejected
        assert not first.repeated
        await self.says(kind, **fields)

    async def holds(self, name: str, channel: str, **fields: Any) -> None:
        """Give an interaction to ada."""
        await self.says("create", interaction_id=name, channel=channel, **fields)
        await self.twice("accept", offer_id=self.offer_id(), agent_id="ada")

    def offer_id(self) -> str:
        return self.projection.state.agents["ada"].offers[0]


@asynccontextmanager
async def floor_on(server: EmbeddedServer) -> AsyncIterator[Floor]:
    endpoint = Endpoint(server.url)
    async with running_service(server.url, policy=FLOOR):
        projection = Projection(endpoint, Keys("t"), structlog.get_logger())
        submitter = Submitter(endpoint, projection)
        following = asyncio.create_task(projection.run())
        try:
            await projection.until_ready()
            yield Floor(submitter, projection)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await projection.close()
            await submitter.close()


async def test_every_command_of_the_protocol_has_a_verdict(server: EmbeddedServer) -> None:
    async with floor_on(server) as floor:
        await _agents(floor)
        await _waiting(floor)
        await _in_hand(floor)
        await _policies(floor)
    assert floor.said == set(COMMAND_TYPES)


async def _agents(floor: Floor) -> None:
    ada = {"agent_id": "ada"}
    await floor.twice("agent_login", **ada, inbox="desk")
    await floor.twice("agent_state", **ada, state="unavailable")
    await floor.twice("agent_skills", **ada, skills={"english": 5})
    await floor.twice("agent_channels", **ada, closed_channels=["flash"])
    await floor.twice("agent_attributes", **ada, attributes={"site": "x"})
    await floor.twice("agent_capacity", **ada, capacity=90)
    await floor.twice("inquire_version", **ada)
    await floor.says("agent_login", agent_id="bob", inbox="desk", state="unavailable")
    await floor.twice("agent_logout", agent_id="bob")


async def _waiting(floor: Floor) -> None:
    """With nobody who is available."""
    one, other = {"interaction_id": "w"}, {"interaction_id": "v"}
    await floor.twice("create", **one, channel="mail")
    await floor.twice("update", **one, priority=5, reason="waits for long")
    await floor.twice("move", **one, queue="billing")
    await floor.twice("inquire", **one)
    await floor.twice("note", **one, text="called twice")
    await floor.twice("suspend", **one, until_ms=LATER_MS)
    await floor.twice("resume", **one)
    await floor.twice("assign", **one, agent_id="ada")
    await floor.twice("requeue", **one)
    await floor.twice("cancel", **one)
    await floor.says("create", **other, channel="call", suspension={})
    await floor.twice("retry", **other)
    await floor.says("cancel", **other)


async def _in_hand(floor: Floor) -> None:
    ada = {"agent_id": "ada"}
    await floor.says("agent_state", **ada, state="available")
    await floor.says("create", interaction_id="m", channel="mail")
    await floor.twice("hold_offer", offer_id=floor.offer_id(), **ada, hold_s=60)
    await floor.twice("rescind", offer_id=floor.offer_id(), retry_s=0)
    await floor.twice("decline", offer_id=floor.offer_id(), **ada)
    await floor.twice("offer_to", interaction_id="m", **ada)
    await floor.twice("accept", offer_id=floor.offer_id(), **ada)
    await floor.twice("idle", interaction_id="m")
    await floor.twice("wake", interaction_id="m")
    await floor.says("agent_login", agent_id="bob", inbox="desk")
    await floor.twice("transfer", interaction_id="m", **ada, to_agent="bob", at_once=True)
    bob = {"interaction_id": "m", "agent_id": "bob"}
    await floor.twice("complete", **bob)
    await floor.twice("extend_wrap_up", **bob, extend_s=10)
    await floor.twice("end_wrap_up", **bob)


async def _policies(floor: Floor) -> None:
    await floor.twice("replace_policy", policy={**FLOOR, "name": "another"})


async def test_a_large_policy_is_answered_when_it_is_in_force_or_was_dropped(
    server: EmbeddedServer,
) -> None:
    """Where much is open, it is announced in one record and decided in a later one."""
    async with floor_on(server) as floor:
        creates = (
            {"type": "create", "interaction_id": f"i{n}", "channel": "mail"} for n in range(300)
        )
        await asyncio.gather(*map(floor.submitter.submit, creates))
        verdict = await floor.says("replace_policy", policy={**FLOOR, "name": "another"})
        kinds = [type(event) for event in verdict.events]
        assert kinds == [PolicyAnnounced, PolicyReplaced]
        assert floor.projection.state.policy["name"] == "another"
        lacking = {**FLOOR, "channels": POLICY["channels"]}
        first, second = await asyncio.gather(
            floor.says("replace_policy", policy=lacking),
            floor.says("replace_policy", policy={**FLOOR, "name": "a third"}),
        )
        assert first.rejected is not None
        assert first.rejected.code == "policy_conflict"
        assert second.rejected is None
        assert floor.projection.state.policy["name"] == "a third"
