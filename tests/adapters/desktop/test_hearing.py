"""What is said in conversations, at desktops: each message once, through whatever breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from adapters.audit.entry import decode_entry
from adapters.desktop import hearing
from adapters.identity.permissions import Role
from adapters.identity.principal import Principal
from adapters.media.dialogues import Delivery, Dialogues, Written
from adapters.media.message import Address, Message
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from tests.adapters.desktop.house import PATIENT, House, Line, open_house, until
from tests.tenant import POLICY, Tenant, running_service

PATIENCE_S = 30.0
TERMS = structs.replace(PATIENT, waiting_messages_max=200)
MIA = Address(medium="web", address="mia")


class Customers:
    """Say things in conversations, as the API has them written down."""

    def __init__(self, server: EmbeddedServer, tenant: Tenant) -> None:
        self.dialogues = Dialogues(Endpoint(server.url), tenant.keys)
        self._number = 0

    async def say(self, conversation_id: str, text: str = "") -> Written:
        self._number += 1
        message = Message(
            message_id=f"m{self._number}",
            account="site",
            channel="chat",
            direction="in",
            at_ms=self._number,
            conversation_id=conversation_id,
            sender=MIA,
            text=text or f"said {self._number}",
        )
        return await self.dialogues.say(message, conversation_id)

    async def texts(self, conversation_id: str) -> list[str]:
        found = await self.dialogues.messages(conversation_id, "", 1_000)
        return [kept.message.text for kept in found]


@asynccontextmanager
async def a_house(
    server: EmbeddedServer, tenant: Tenant, policy: dict[str, Any] = POLICY
) -> AsyncIterator[tuple[House, Customers]]:
    name = tenant.keys.tenant
    customers = Customers(server, tenant)
    async with (
        running_service(server.url, name, policy=policy),
        open_house(server.url, name) as one,
    ):
        yield one, customers
    await customers.dialogues.close()


class Desk:
    """A desktop as its author would write it, with what it shows of each conversation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown: dict[str, list[str]] = {}
        self.orders: dict[str, str] = {}
        self.heard: list[dict[str, Any]] = []
        self.position = ""
        self.pictures = 0
        self.line: Line | None = None

    def connect(self, house: House, **more: Any) -> None:
        resume: dict[str, Any] = {"resume": self.position} if self.position else {}
        if self.orders:
            resume["dialogues"] = dict(self.orders)
        line = Line(house, lambda message: self._hear(line, message))
        line.say("hello", credential=self.name, **resume, **more)
        self.line = line

    def say(self, kind: str, **fields: Any) -> None:
        assert self.line is not None
        self.line.say(kind, id=len(self.heard), **fields)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == kind]

    def _hear(self, line: Line, message: dict[str, Any]) -> None:
        if line is not self.line:
            return
        self.heard.append(message)
        self.position = message.get("position", self.position)
        name = message.get("conversation_id", "")
        if message["type"] == "dialogue":
            self.pictures += 1
            said = message.get("messages", [])
            self.shown[name] = [one["text"] for one in said]
            self.orders.pop(name, None)
            if said:
                self.orders[name] = said[-1]["order"]
        elif message["type"] == "message":
            self.shown.setdefault(name, []).append(message["message"]["text"])
            self.orders[name] = message["message"]["order"]


async def has_work(house: House, desk: Desk, conversation_id: str, name: str = "i1") -> None:
    """The agent has an interaction of a conversation in hand."""
    create = {"type": "create", "interaction_id": name, "channel": "chat"}
    await house.submitter.submit(create | {"conversation_id": conversation_id})
    state = house.projection.state
    await until(lambda: state.interactions[name].offers, PATIENCE_S)
    (offer_id,) = state.interactions[name].offers
    desk.say("accept", offer_id=offer_id)
    await until(lambda: name in state.assignments, PATIENCE_S)


async def sat_down(house: House, credential: str = "ada") -> Desk:
    desk = Desk(credential)
    desk.connect(house, state="available")
    await until(lambda: desk.of("welcome"), PATIENCE_S)
    return desk


async def test_an_agent_hears_what_is_said_in_what_they_have_in_hand_and_answers(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with a_house(server, tenant) as (house, customers):
        for number in range(hearing.SHOWN_MAX + 2):
            await customers.say("matter", f"before {number}")
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        await until(lambda: "matter" in ada.shown, PATIENCE_S)
        (shown,) = ada.of("dialogue")
        assert (shown["has_earlier"], ada.shown["matter"][0]) == (True, "before 2")
        await customers.say("elsewhere")
        await customers.say("matter", "hello?")
        await until(lambda: ada.shown["matter"][-1] == "hello?", PATIENCE_S)
        ada.say("say", conversation_id="matter", text="Good morning.", message_id="mine")
        await until(lambda: ada.shown["matter"][-1] == "Good morning.", PATIENCE_S)
        said = ada.of("message")[-1]["message"]
        assert (said["agent_id"], said["account"], said["direction"]) == ("ada", "site", "out")
        assert said["recipients"][0]["address"] == "mia"
        await customers.dialogues.deliver("site", "mine", Delivery("sent"))
        await until(lambda: ada.of("delivery"), PATIENCE_S)
        told = ada.of("delivery")[-1]
        assert (told["order"], told["delivery"]["state"]) == (said["order"], "sent")
        ada.say("say", conversation_id="matter", text="Good morning.", message_id="mine")
        await until(lambda: ada.of("ok")[-1].get("repeated"), PATIENCE_S)
        assert ada.of("ok")[-1]["message_id"] == "mine"
        assert "elsewhere" not in ada.shown
        for kind in ("complete", "end_wrap_up"):
            ada.say(kind, interaction_id="i1")
        await until(lambda: "i1" not in house.projection.state.assignments, PATIENCE_S)
        count = len(ada.shown["matter"])
        await customers.say("matter", "too late")
        ada.say("say", conversation_id="matter", text="not mine any more")
        await until(lambda: ada.of("error"), PATIENCE_S)
        assert ada.of("error")[-1]["code"] == "not_yours"
        assert len(ada.shown["matter"]) == count
    assert tenant.client.xlen(tenant.keys.audit) == 0


async def test_what_cannot_go_out_is_refused(server: EmbeddedServer, tenant: Tenant) -> None:
    async with a_house(server, tenant) as (house, customers):
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        for fields, code in (
            ({"text": "x"}, "invalid"),
            ({"text": ""}, "invalid"),
            ({"text": 7}, "invalid"),
            ({"text": "x", "account": "site", "channel": "pigeon"}, "unknown_channel"),
            ({"text": "x", "agent_id": "bob"}, "invalid"),
        ):
            count = len(ada.of("error"))
            ada.say("say", conversation_id="matter", **fields)
            await until(lambda n=count: len(ada.of("error")) > n, PATIENCE_S)  # type: ignore[misc]
            assert ada.of("error")[-1]["code"] == code
        assert await customers.texts("matter") == []
        assert ada.of("dialogue") == []


async def test_personal_data_and_permissions_are_as_elsewhere(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    policy = POLICY | {"personal": {"customer_id": True, "texts": True}}
    async with a_house(server, tenant, policy) as (house, customers):
        await customers.say("matter", "secret")
        ada = await sat_down(house, "ada desktop interactions:read")
        await has_work(house, ada, "matter")
        await until(lambda: "matter" in ada.shown, PATIENCE_S)
        (message,) = ada.of("dialogue")[-1]["messages"]
        assert (message["text"], message["sender"]["address"]) == ("[personal]", "[personal]")
        ada.say("say", conversation_id="matter", text="x")
        await until(lambda: ada.of("error"), PATIENCE_S)
        assert ada.of("error")[-1]["code"] == "forbidden"
        again = await sat_down(house, "ada desktop offers:answer")
        again.say("say", conversation_id="matter", text="I cannot read, but write")
        await until(lambda: again.of("ok"), PATIENCE_S)
        assert again.shown == {}
        assert house.desks._hearing._ears == {}


async def test_who_speaks_for_everybody_stands_in_the_audit(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house(server, tenant) as (house, customers):
        roles = frozenset({Role.AGENT, Role.SUPERVISOR})

        async def supervisor(credential: str) -> Principal:
            return Principal(tenant.keys.tenant, "sue", roles, credential)

        monkeypatch.setattr(house.door, "authenticate", supervisor)
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        await customers.say("matter")
        ada.say("say", conversation_id="matter", text="private words")
        await until(lambda: len(ada.of("ok")) == 2, PATIENCE_S)
    ((_, fields),) = tenant.client.xrange(tenant.keys.audit)
    entry = decode_entry("0-0", fields[b"a"])
    assert (entry.actor.subject, entry.action) == ("sue", "conversation.say")
    assert entry.resource_id == "matter"
    assert b"private" not in fields[b"a"]


async def test_who_has_missed_more_is_shown_the_newest_and_forgotten_dialogues_are_emptied(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with a_house(server, tenant) as (house, customers):
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        await customers.say("matter", "the first")
        await until(lambda: ada.shown.get("matter") == ["the first"], PATIENCE_S)
        assert ada.line is not None
        ada.line.cut()
        for _ in range(3):
            await customers.say("matter", "x" * 60_000)
        ada.connect(house)
        await until(lambda: ada.pictures == 1, PATIENCE_S)
        assert len(ada.shown["matter"]) == 2
        tenant.client.delete(tenant.keys.dialogue("matter"))
        house.desks._forget()
        await until(lambda: ada.pictures == 2, PATIENCE_S)
        assert ada.shown == {"matter": []}


async def test_a_fault_of_the_server_loses_nothing(
    server: EmbeddedServer, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "AGAIN_S", 0.01)
    async with a_house(server, tenant) as (house, customers):
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        await customers.say("matter")
        await until(lambda: ada.shown.get("matter"), PATIENCE_S)
        ears, faults, pictures = house.desks._hearing, 0, ada.pictures
        since = ears._dialogues.since

        async def failing(*given: Any) -> Any:
            nonlocal faults
            faults += 1
            if faults < 3:
                raise StoreUnavailable("gone")
            return await since(*given)

        monkeypatch.setattr(ears._dialogues, "since", failing)
        for client in tenant.client.client_list():
            if client["name"] == "onequeue-notices":
                tenant.client.client_kill_filter(_id=client["id"])
        for _ in range(5):
            await customers.say("matter")
        expected = await customers.texts("matter")
        await until(lambda: ada.shown["matter"] == expected, PATIENCE_S)
        assert faults >= 3
        assert ada.pictures == pictures


async def test_who_leaves_at_once_is_in_nobodys_way(server: EmbeddedServer, tenant: Tenant) -> None:
    async with a_house(server, tenant) as (house, customers):
        ada = await sat_down(house)
        await has_work(house, ada, "matter")
        ears, line = house.desks._hearing, ada.line
        assert line is not None
        await until(lambda: not ears._is_due.is_set(), PATIENCE_S)
        ears.look_everywhere()
        ears.left("ada")  # before the one who tells has woken
        await asyncio.sleep(0)
        ada.connect(house)
        await customers.say("matter", "still there?")
        await until(lambda: ada.shown.get("matter") == ["still there?"], PATIENCE_S)


async def test_no_message_is_missed_and_none_comes_twice(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    name, dice = tenant.keys.tenant, random.Random(5)
    matters = [f"matter-{number}" for number in range(3)]
    async with (
        a_house(server, tenant) as (one, customers),
        open_house(server.url, name, TERMS) as other,
    ):
        ada = await sat_down(one)
        for matter in matters:
            await has_work(one, ada, matter, f"work-{matter}")
            await customers.say(matter)
        await until(lambda: len(ada.orders) == len(matters), PATIENCE_S)
        pictures = ada.pictures
        for number in range(150):
            line, fate = ada.line, dice.random()
            assert line is not None
            if line.is_cut or line.closed or fate < 0.05:
                ada.connect(dice.choice((one, other)))
            elif fate < 0.15:
                line.cut_after = dice.randrange(4)
            elif fate < 0.2:
                line.cut()
            elif fate < 0.4:
                ada.say("say", conversation_id=dice.choice(matters), text=f"answer {number}")
            else:
                await customers.say(dice.choice(matters))
            if dice.random() < 0.3:
                await asyncio.sleep(dice.choice((0.0, 0.001, 0.004)))
        ada.connect(dice.choice((one, other)))
        await until(lambda: any(h.desks.seat_of("ada") for h in (one, other)), PATIENCE_S)
        await until(lambda: not ada.line or not ada.line.session._works, PATIENCE_S)
        for matter in matters:
            await _agrees(customers, ada, matter, one)
        assert ada.pictures == pictures
        assert sum(len(said) for said in ada.shown.values()) > 60


async def _agrees(customers: Customers, desk: Desk, matter: str, house: House) -> None:
    """In the end; an earlier connection may have come in later, and have closed the last one."""
    async with asyncio.timeout(PATIENCE_S):
        while desk.shown[matter] != await customers.texts(matter):
            if desk.line is None or desk.line.closed:
                desk.connect(house)
            await asyncio.sleep(0.005)
