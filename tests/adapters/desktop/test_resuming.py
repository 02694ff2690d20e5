"""Connections that break between any two messages: no message is missed, and none comes twice.

Agents work at desktops of two processes. Their connections are cut at random: by the server as it
sends, by the client, before the welcome, at a slow reader, by a second connection; and each comes
back, at the same process or the other. What each client was told is checked, message by message,
against what the journal says that it is to be told; and what it shows at the end against the state.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

import msgspec
import pytest

from adapters.cloudevents.position import Position
from adapters.desktop.desks import ANSWERS
from adapters.desktop.messages import Standing
from adapters.desktop.picture import standing_of
from adapters.projection.folded import Folded
from adapters.redis.embedded import EmbeddedServer
from router.events import OfferIssued
from tests.adapters.desktop.house import House, Line, open_house, until
from tests.tenant import running_service

AGENTS = 6
STEPS = 400


class Reference:
    """What each agent's desktop is to be told, from the journal."""

    def __init__(self) -> None:
        self.by_agent: dict[str, list[Position]] = {}

    def folded(self, folded: Folded) -> None:
        issued = {
            event.offer_id for event in folded.record.events if isinstance(event, OfferIssued)
        }
        for number, entry in enumerate(folded.work_entries):
            message = msgspec.json.decode(entry.payload) if entry.field == "j" else {}
            is_again = message.get("type") == "offer" and message["offer_id"] not in issued
            if entry.inbox.startswith("desk:") and message["type"] not in ANSWERS and not is_again:
                place = Position.of_record(folded.record_id)._replace(number=number)
                self.by_agent.setdefault(message["agent_id"], []).append(place)

    def began_anew(self) -> None: ...

    def faults(self, agent_id: str, heard: list[tuple[str, Position]]) -> list[str]:
        """What is wrong with what a desktop has heard, in this order."""
        faults, at = [], Position(0, 0)
        for what, position in heard:
            due = [one for one in self.by_agent[agent_id] if at < one <= position]
            if what != "picture" and due != ([position] if what == "told" else []):
                faults.append(f"{what} {position} at {at}, due: {[*map(str, due)]}")
            at = position if what == "picture" else max(at, position)
        return faults


class Client:
    """A desktop as its author would write it, with a note of what it has heard."""

    def __init__(self, name: str, dice: random.Random) -> None:
        self.name = name
        self.faults: list[str] = []
        self.heard: list[tuple[str, Position]] = []
        self.at = ""
        self.resumes = self.pictures = 0
        self.line: Line | None = None
        self.offers: set[str] = set()
        self.work: set[str] = set()
        self.state = ""
        self._dice = dice

    def connect(self, house: House) -> None:
        resume = {"resume": self.at} if self.at else {}
        line = Line(house, lambda message: self._hear(line, message))
        line.say("hello", credential=self.name, **resume)
        self.line = line

    def _hear(self, line: Line, message: dict[str, Any]) -> None:
        if line is not self.line:
            return  # a client listens to the last connection that it has made
        kind = message["type"]
        if kind == "welcome":
            self._welcomed(message)
        elif kind == "work":
            self._told(message)
        elif kind in {"heartbeat", "ok"}:
            self._is_at("upto", message["position"])

    def _welcomed(self, message: dict[str, Any]) -> None:
        if message["resumed"]:
            self.resumes += 1
            for missed in message.get("missed", ()):
                self._told(missed)
            self._is_at("upto", message["position"])
        else:
            self.pictures += 1
            self._is_at("picture", message["position"])
            self.offers = {one["offer_id"] for one in message.get("offers", ())}
            self.work = {one["interaction_id"] for one in message.get("assignments", ())}
        standing = msgspec.convert(message["standing"], Standing)
        self.state = standing.state
        if self.view != _view_of(standing):
            self.faults.append(f"{self.view} at {message}")

    @property
    def view(self) -> tuple[str, set[str], set[str]]:
        return self.state, self.offers, self.work

    def _told(self, message: dict[str, Any]) -> None:
        self._is_at("told", message["position"])
        self._apply(message["message"])

    def _is_at(self, what: str, position: str) -> None:
        self.heard.append((what, Position.parse(position)))
        self.at = position

    def _apply(self, told: dict[str, Any]) -> None:
        match told["type"]:
            case "offer":
                self.offers.add(told["offer_id"])
            case "offer_over":
                self.offers.discard(told["offer_id"])
            case "assigned":
                self.offers.discard(told["offer_id"])
                self.work.add(told["interaction_id"])
            case "released":
                self.work.discard(told["interaction_id"])
            case "agent_state":
                self.state = told["state"]

    def act(self, number: int) -> None:
        """Something that a person would do."""
        line = self.line
        if line is None or line.is_cut:
            return
        if self.offers and self._dice.random() < 0.7:
            offer_id = self._dice.choice(sorted(self.offers))
            line.say(
                self._dice.choice(("accept", "accept", "decline")), id=number, offer_id=offer_id
            )
        elif self.work:
            name = self._dice.choice(sorted(self.work))
            kind = self._dice.choice(("complete", "complete", "idle", "wake"))
            line.say(kind, id=number, interaction_id=name)
        elif self.state != "available":
            line.say("presence", id=number, state="available")


@pytest.mark.parametrize("seed", range(2))
async def test_no_message_is_missed_and_none_comes_twice(server: EmbeddedServer, seed: int) -> None:
    tenant, dice = f"resuming-{seed}", random.Random(seed)
    policy = {
        "channels": {"chat": {"cost": 30, "maximum": 3, "release_idle": True, "offer_ttl_s": 0.2}},
        "queues": {"general": {}},
        "default_queue": "general",
        "decline_retry_s": 0.1,
    }
    async with (
        running_service(server.url, tenant, policy=policy),
        open_house(server.url, tenant) as one,
        open_house(server.url, tenant) as other,
    ):
        reference = Reference()
        one.projection.listen(reference)
        clients = [Client(f"agent-{number}", dice) for number in range(AGENTS)]
        for number in range(STEPS):
            await _step(dice, clients, (one, other), number)
        for client in clients:
            client.connect(dice.choice((one, other)))
        for client in clients:
            await until(partial(_is_seated, client, one, other))
        await until(lambda: all(_is_right(one, client) for client in clients))
    for client in clients:
        assert client.faults == []
        assert reference.faults(client.name, client.heard) == []
        assert client.resumes > 0
    assert sum(client.resumes for client in clients) > 40
    assert sum(len(client.heard) for client in clients) > 200


def _is_seated(client: Client, *houses: House) -> bool:
    return any(house.desks.seat_of(client.name) for house in houses)


def _is_right(house: House, client: Client) -> bool:
    standing = standing_of(house.projection.state, client.name)
    return client.view == _view_of(standing)


def _view_of(standing: Standing) -> tuple[str, set[str], set[str]]:
    offers = {offer.offer_id for offer in standing.offers}
    return standing.state, offers, {one.interaction_id for one in standing.assignments}


async def _step(
    dice: random.Random, clients: list[Client], houses: tuple[House, House], number: int
) -> None:
    client, fate = dice.choice(clients), dice.random()
    line = client.line
    if line is None or line.is_cut or line.closed or fate < 0.05:
        # in one of twenty, beside a connection that does not know that it is over
        client.connect(dice.choice(houses))
    elif fate < 0.10:
        line.cut()
    elif fate < 0.20:
        line.cut_after = dice.randrange(3)
    elif fate < 0.22:
        line.slow = True
    else:
        client.act(number)
    if dice.random() < 0.3:
        create = {"type": "create", "interaction_id": f"i{number}", "channel": "chat"}
        await houses[0].submitter.submit(create)
    if dice.random() < 0.5:
        await asyncio.sleep(dice.choice((0.0, 0.001, 0.004)))
