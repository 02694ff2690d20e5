"""Journals of the real engine on a clock in hand, and a floor on which every filter bites."""

from __future__ import annotations

from typing import Any

import msgspec

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router import events as ev
from router.engine import Engine
from router.inputs import Input, decode_entry
from router.record import GENESIS, Record, encode_record, record_hash
from tests.policies import POLICY
from tests.servers import plain_client

__all__ = ("BEGIN_MS", "Written", "a_floor", "create", "login")

BEGIN_MS = 1_700_000_000_000


class Written:
    """``records`` as a service would have written them; ``events`` of all of them."""

    def __init__(self, policy: dict[str, Any] | None = POLICY) -> None:
        self.engine = Engine()
        self.now_ms = BEGIN_MS
        self.records: list[tuple[str, bytes]] = []
        self.events: list[ev.Event] = []
        self._epoch = self._lsn = self._entries = 0
        self._prev = GENESIS
        self.take_lead()
        if policy is not None:
            self.send({"type": "replace_policy", "policy": policy})

    def take_lead(self) -> None:
        """Another router takes over."""
        self._epoch, self._lsn = self._epoch + 1, -1
        leader = ev.LeaderStarted(epoch=self._epoch, router_id="r", release="0")
        self.engine.apply(leader, self.now_ms)
        self.engine.touch_everything()
        self.append([leader])

    def send(self, *commands: dict[str, Any], after_ms: int = 1_000) -> list[ev.Event]:
        """Let time pass, then hand in one batch."""
        self.now_ms += after_ms
        batch = []
        for command in commands:
            self._entries += 1
            entry_id = f"{self.now_ms}-{self._entries}"
            fields = {b"m": msgspec.msgpack.encode(command)}
            batch.append(decode_entry(entry_id, self.now_ms, fields))
        events = self.hand_in(batch)
        assert not [event for event in events if isinstance(event, ev.Rejected)]
        return events

    def hand_in(self, batch: list[Input]) -> list[ev.Event]:
        """Hand in one batch as it is, and what is left over of its matching."""
        events = self.engine.handle(batch, self.now_ms)
        self.append(events, partial=self.engine.partial)
        while self.engine.partial:
            more = self.engine.handle([], self.now_ms)
            self.append(more, partial=self.engine.partial)
            events = events + more
        return events

    def append(self, events: list[ev.Event], *, partial: bool = False) -> None:
        """Write a record with these events, whatever the engine thinks of them."""
        self._lsn += 1
        record = Record(
            v=1,
            now_ms=self.now_ms,
            position="0-0",
            consumed=0,
            prev=self._prev,
            events=events,
            partial=partial,
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        self.records.append((f"{self._epoch}-{self._lsn}", data))
        self.events += events

    @property
    def offers(self) -> list[ev.OfferIssued]:
        return [event for event in self.events if isinstance(event, ev.OfferIssued)]

    def offer_of(self, interaction_id: str) -> ev.OfferIssued:
        """The last offer of an interaction."""
        return [one for one in self.offers if one.interaction_id == interaction_id][-1]

    def write(self, server: EmbeddedServer, tenant: str = "main") -> None:
        with plain_client(server) as client:
            for record_id, data in self.records:
                client.xadd(Keys(tenant).journal, {"r": data}, id=record_id)


def login(agent_id: str, state: str = "available", reason: str = "", **skills: int) -> Any:
    fields = {"agent_id": agent_id, "inbox": "desk", "state": state, "reason": reason}
    return {"type": "agent_login", **fields, "skills": skills}


def create(interaction_id: str, channel: str = "voice", **more: Any) -> Any:
    return {"type": "create", "interaction_id": interaction_id, "channel": channel, **more}


def a_floor(policy: dict[str, Any] = POLICY) -> Written:
    """The offer of call-1 to anna: ben is her equal, and everybody else is stopped by a filter.

    carl is at lunch, hal lets offers expire, ida has gone, eve is on a call, dora knows too little
    French, fay is excluded by the interaction, gus has declined it; jon comes later, and call-2
    waits for somebody with more French than anybody has.
    """
    floor = Written(policy)
    floor.send(
        login("anna", french=4),
        login("ben", french=4),
        login("carl", "unavailable", "lunch", french=5),
        login("dora", french=1),
        login("eve", french=4, vip=50),
        login("fay", french=5),
        login("gus", french=4),
        login("hal", tech=3),
        login("ida", french=5),
    )
    floor.send({"type": "agent_logout", "agent_id": "ida", "reason": "shift over"})
    vip = {"skill": "vip", "level": 10}
    floor.send(create("call-e", requirements=[vip]))
    offer = floor.offer_of("call-e").offer_id
    floor.send({"type": "accept", "offer_id": offer, "agent_id": "eve"})
    floor.send(create("call-h", requirements=[{"skill": "tech", "level": 3}]))
    floor.send(after_ms=20_000)
    floor.send({"type": "cancel", "interaction_id": "call-h"})
    floor.send(
        create(
            "call-1",
            requirements=[{"skill": "french", "level": 3}],
            excluded_agents=["fay"],
            history=[{"agent_id": "gus", "kind": "owner"}],
            customer_id="customer-7",
            attributes={"note": "a secret"},
        )
    )
    offer = floor.offer_of("call-1").offer_id
    floor.send({"type": "decline", "offer_id": offer, "agent_id": "gus", "reason": "no time"})
    floor.send(create("call-2", requirements=[{"skill": "french", "op": ">", "level": 5}]))
    floor.send(login("jon", french=2))
    return floor
