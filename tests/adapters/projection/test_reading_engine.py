"""What a projection remembers that a state forgets."""

from __future__ import annotations

from typing import Any

from adapters.projection.conversations import Conversations
from adapters.projection.ended import EndedInteraction, EndedInteractions
from adapters.projection.reading_engine import ReadingEngine
from router.engine import Engine
from router.inputs import Input, decode_entry
from tests.tenant import POLICY

BEGIN_MS = 1_700_000_000_000


class Floor:
    """An engine that decides, and one that reads along."""

    def __init__(self) -> None:
        self.leader, self.reading = Engine(), ReadingEngine()
        self.now_ms = BEGIN_MS
        self.says({"type": "replace_policy", "policy": POLICY})

    def says(self, *commands: dict[str, Any], after_ms: int = 1_000) -> None:
        self.now_ms += after_ms
        events = self.leader.handle([self._input(one) for one in commands], self.now_ms)
        self.reading.follow(events, self.now_ms)
        assert self.reading.state_bytes() == self.leader.state_bytes()

    def _input(self, command: dict[str, Any]) -> Input:
        import msgspec

        packed = msgspec.msgpack.encode(command)
        return decode_entry(f"{self.now_ms}-0", self.now_ms, {b"m": packed})

    def offer_id(self) -> str:
        (offer_id,) = self.leader.state.offers
        return offer_id


def create(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "create", "interaction_id": name, "channel": "chat", **fields}


def test_what_was_handled_is_told_with_all_its_times() -> None:
    floor = Floor()
    floor.says({"type": "agent_login", "agent_id": "ada", "inbox": "desk"})
    floor.says(create("c1", customer_id="cu", conversation_id="co", priority=3))
    created_ms = floor.now_ms
    floor.says({"type": "accept", "offer_id": floor.offer_id(), "agent_id": "ada"})
    accepted_ms = floor.now_ms
    complete = {"type": "complete", "interaction_id": "c1", "agent_id": "ada", "outcome": "sold"}
    floor.says(complete)
    assert floor.reading.ended.get("c1") == EndedInteraction(
        interaction_id="c1",
        state="completed",
        ended_ms=floor.now_ms,
        agent_id="ada",
        channel="chat",
        queue="general",
        customer_id="cu",
        conversation_id="co",
        priority=3,
        created_ms=created_ms,
        origin_ms=created_ms,
        accepted_ms=accepted_ms,
        completed_ms=floor.now_ms,
        outcome="sold",
    )
    assert floor.reading.conversations.of("co") == ["c1"]
    assert not floor.reading._completed


def test_what_was_given_up_is_told_with_the_reason_even_if_it_began_in_the_same_record() -> None:
    floor = Floor()
    floor.says(create("c1"), {"type": "cancel", "interaction_id": "c1", "reason": "hung up"})
    ended = floor.reading.ended.get("c1")
    assert ended is not None
    assert (ended.state, ended.reason, ended.channel) == ("cancelled", "hung up", "chat")
    assert ended.accepted_ms == 0


def test_a_conversation_is_forgotten_with_the_last_of_its_interactions() -> None:
    floor = Floor()
    floor.reading.ended = EndedInteractions(kept_max=2)
    for name, conversation in (("a", "co"), ("b", "co"), ("c", "other"), ("d", "")):
        floor.says(create(name, conversation_id=conversation))
    assert floor.reading.conversations.of("co") == ["a", "b"]
    for name in "abcd":
        floor.says({"type": "cancel", "interaction_id": name})
    assert floor.reading.conversations.ids() == ["other"]
    assert [one.interaction_id for one in floor.reading.ended.newest_first()] == ["d", "c"]


def test_a_snapshot_gives_back_what_is_open_and_names_what_is_over() -> None:
    floor = Floor()
    floor.says(create("a", conversation_id="co"), create("b", conversation_id="co"))
    floor.says({"type": "cancel", "interaction_id": "a"})
    restored = ReadingEngine()
    for _ in restored.restore(floor.reading.state):
        pass
    assert restored.conversations.of("co") == ["b"]
    ended = restored.ended.get("a")
    assert ended is not None
    assert (ended.state, ended.is_partial) == ("cancelled", True)


def test_what_ended_long_ago_is_forgotten() -> None:
    kept = EndedInteractions(kept_ms=1_000)
    for number, at_ms in enumerate((0, 500, 1_200)):
        forgotten = kept.add(
            EndedInteraction(interaction_id=str(number), state="cancelled", ended_ms=at_ms)
        )
    assert [one.interaction_id for one in forgotten] == ["0"]
    assert len(kept) == 2
    assert "1" in kept


def test_one_conversation_does_not_grow_without_end_in_an_answer() -> None:
    known = Conversations()
    for number in range(1_500):
        known.add("same", str(number))
    assert len(known.of("same")) == 1_000
    assert known.of("same")[-1] == "1499"
    assert known.of("unknown") == []
    known.discard("unknown", "x")
