"""What gateways are told: logins hand open offers over, and every reply is readable."""

from __future__ import annotations

from typing import Any

import msgpack

from router.commands import ReplacePolicy
from router.engine import Engine
from router.inputs import Input, decode_entry
from router.outbox import work_entries
from router.policy import default_policy
from router.ports import WorkEntry


class Desk:
    """An engine with the default policy, told one batch of commands at a time."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now_ms = 1_000_000
        policy = default_policy().model_dump(mode="json")
        self.engine.handle([Input("", 0, ReplacePolicy(policy=policy))], self.now_ms)

    def tell(self, *commands: dict[str, Any]) -> list[WorkEntry]:
        self.now_ms += 1
        batch = [
            decode_entry(f"{self.now_ms}-{n}", self.now_ms, {b"m": msgpack.packb(command)})
            for n, command in enumerate(commands)
        ]
        events = self.engine.handle(batch, self.now_ms)
        return work_entries(events, self.engine.state, self.engine.departed)


def login(inbox: str, **fields: Any) -> dict[str, Any]:
    return {"type": "agent_login", "agent_id": "anna", "inbox": inbox} | fields


CALL = {"type": "create", "interaction_id": "i", "channel": "voice"}


def brief(entries: list[WorkEntry]) -> list[tuple[str, str]]:
    return [(entry.inbox, msgpack.unpackb(entry.payload)["type"]) for entry in entries]


def test_an_offer_follows_the_agent_to_another_desk() -> None:
    desk = Desk()
    first = desk.tell(login("desk-1"), CALL)
    assert brief(first) == [("desk-1", "agent_state"), ("desk-1", "offer")]
    again = desk.tell(login("desk-2"))
    assert brief(again) == [("desk-2", "offer")]
    assert again[0].payload == first[1].payload


def test_an_offer_of_the_same_batch_is_written_once() -> None:
    assert brief(Desk().tell(CALL, login("desk-1"))) == [
        ("desk-1", "agent_state"),
        ("desk-1", "offer"),
    ]


def test_a_login_on_a_break_is_answered() -> None:
    entries = Desk().tell(login("desk-1", state="unavailable", reason="training"))
    (entry,) = map(msgpack.unpackb, [e.payload for e in entries])
    assert (entry["state"], entry["reason"]) == ("unavailable", "training")


def test_the_last_word_reaches_who_leaves() -> None:
    desk = Desk()
    desk.tell(login("desk-1"), CALL)
    left = desk.tell({"type": "agent_logout", "agent_id": "anna"})
    assert brief(left) == [("desk-1", "agent_state"), ("desk-1", "offer_over")]
    assert "anna" not in desk.engine.state.agents
