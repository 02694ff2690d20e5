"""A desktop that is gone: its agent is unavailable after the grace, and not before."""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.desktop.closing import CloseCode
from adapters.desktop.login import GONE
from adapters.desktop.terms import DesktopTerms
from adapters.redis.embedded import EmbeddedServer
from router.events import AgentAvailable, AgentUnavailable, OfferIssued, OfferRescinded
from tests.adapters.desktop.house import House, Line, open_house, until
from tests.tenant import Tenant, running_service

QUICK = DesktopTerms(grace_s=0.5, alive_s=5.0, heartbeat_s=0.5, answer_s=1.5, recheck_s=0.2)
FLICKERING = DesktopTerms(grace_s=1.5)
DYING = DesktopTerms(grace_s=0.8, alive_s=1.5)


class Desk:
    """A client that listens, answers heartbeats, and remembers where it was."""

    def __init__(self, house: House, agent_id: str, **hello: Any) -> None:
        self.heard: list[dict[str, Any]] = []
        self.at = ""
        self.answers = True
        self.line = Line(house, self._hear)
        self.line.say("hello", credential=agent_id, **hello)

    def _hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        self.at = message.get("position", self.at)
        if message["type"] == "heartbeat" and self.answers:
            self.line.say("heartbeat")

    async def opened(self) -> Desk:
        await until(lambda: self.heard)
        assert self.heard[0]["type"] == "welcome", self.heard
        return self


async def test_who_comes_and_goes_within_the_grace_leaves_nothing_in_the_journal(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, FLICKERING) as house:
        desk = await Desk(house, "ada").opened()
        before = len(tenant.journal().records)
        for _ in range(12):
            desk.line.cut()
            await asyncio.sleep(0.05)
            desk = await Desk(house, "ada", resume=desk.at).opened()
            assert desk.heard[0]["resumed"]
        await asyncio.sleep(1.8)
        assert len(tenant.journal().records) == before
        assert house.projection.state.agents["ada"].status == "available"


async def test_who_is_gone_for_longer_is_unavailable_and_the_offer_goes_to_another(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, QUICK) as house:
        ada = await Desk(house, "ada").opened()
        await house.submitter.submit({"type": "create", "interaction_id": "i", "channel": "chat"})
        await Desk(house, "bob").opened()
        ada.line.cut()
        state = house.projection.state
        await until(lambda: state.agents["bob"].offers)
        before = len(tenant.journal().records)
        await asyncio.sleep(0.8)  # nothing is said twice
        journal = tenant.journal()
        assert len(journal.records) == before
        (unavailable,) = journal.of(AgentUnavailable)
        assert (unavailable.agent_id, unavailable.reason) == ("ada", GONE)
        (rescinded,) = journal.of(OfferRescinded)
        assert [offer.agent_id for offer in journal.of(OfferIssued)] == ["ada", "bob"]
        assert rescinded.agent_id == "ada"
        back = await Desk(house, "ada", resume=ada.at).opened()
        welcome = back.heard[0]
        assert welcome["resumed"]
        assert [one["message"]["type"] for one in welcome["missed"]] == [
            "agent_state",
            "offer_over",
        ]
        assert welcome["standing"]["state"] == "unavailable"


async def test_a_desktop_that_does_not_answer_heartbeats_is_dead(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, QUICK) as house:
        living, dead = await Desk(house, "ada").opened(), await Desk(house, "bob").opened()
        dead.answers = False
        state = house.projection.state
        await until(lambda: state.agents["bob"].status == "unavailable")
        assert dead.line.closed is not None
        assert dead.line.closed[0] == CloseCode.SILENT
        assert living.line.closed is None
        assert state.agents["ada"].status == "available"


async def test_a_credential_that_is_not_valid_any_more_closes_the_desktop(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, QUICK) as house:
        desk = await Desk(house, "ada").opened()
        house.door.shut.add("ada")
        await until(lambda: desk.line.closed)
        assert desk.line.closed is not None
        assert desk.line.closed[0] == CloseCode.UNAUTHENTICATED


async def test_whoever_was_given_up_by_mistake_is_available_again(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """The word that the desktop is gone may be on its way while the agent comes back."""
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, QUICK) as house:
        await Desk(house, "ada").opened()
        gone = {"type": "agent_state", "agent_id": "ada", "state": "unavailable", "reason": GONE}
        await house.submitter.submit(gone)
        await until(lambda: house.projection.state.agents["ada"].status == "available")
        kinds = (AgentAvailable, AgentUnavailable)
        told = [type(event) for event in tenant.journal().events if isinstance(event, kinds)]
        assert told == [AgentAvailable, AgentUnavailable, AgentAvailable]
        # whoever says so again and again is not answered every time
        await house.submitter.submit(gone)
        await asyncio.sleep(0.2)
        assert house.projection.state.agents["ada"].status == "unavailable"


async def test_another_process_speaks_for_one_that_has_died(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """One that dies without a word, with 600 agents; those who come back elsewhere stay."""
    name = tenant.keys.tenant
    async with running_service(server.url, name), open_house(server.url, name, DYING) as heir:
        async with open_house(server.url, name, DYING) as dying:
            for batch in _batches(600, 200):
                await asyncio.gather(*(Desk(dying, f"a{number}").opened() for number in batch))
            await until(lambda: len(heir.projection.state.agents) == 600)
        back = await Desk(heir, "a7").opened()
        agents = heir.projection.state.agents
        assert agents["a7"].inbox == heir.desks.inbox
        await until(lambda: sum(one.status == "available" for one in agents.values()) == 1)
        assert agents["a7"].status == "available"
        journal = tenant.journal()
        assert len(journal.of(AgentUnavailable)) == 599
        assert back.line.closed is None


def _batches(count: int, size: int) -> list[range]:
    return [range(begin, begin + size) for begin in range(0, count, size)]
