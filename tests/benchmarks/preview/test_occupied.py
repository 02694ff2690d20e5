"""Time at work for a queue or a channel: of whom, and what counts."""

from __future__ import annotations

import pytest

from benchmarks.preview.cases import Case, Leg
from benchmarks.preview.measures import ALL, Scope, measures_of
from benchmarks.preview.occupied import AtWork, Occupied
from benchmarks.preview.serving import Serving
from router import events as ev
from router.commands import Requirement
from router.state import State
from tests.benchmarks.preview.floors import recorded

SALES = ("sales", "chat")


def accepted(name: str, agent_id: str = "ann") -> ev.OfferAccepted:
    return ev.OfferAccepted(offer_id="", interaction_id=name, agent_id=agent_id, waited_ms=0)


def wrapped_up(name: str) -> ev.InteractionWrappedUp:
    return ev.InteractionWrappedUp(interaction_id=name, agent_id="ann", ended_by="agent")


def test_two_chats_at_once_count_once_and_silence_does_not() -> None:
    occupied = Occupied(10_000, 110_000)
    occupied.take(accepted("before"), SALES, 0)
    occupied.take(accepted("a"), SALES, 20_000)
    occupied.take(wrapped_up("before"), SALES, 30_000)
    occupied.take(ev.InteractionIdled(interaction_id="a", agent_id="ann"), SALES, 40_000)
    woken = ev.InteractionWoken(interaction_id="a", agent_id="ann", cost=50)
    occupied.take(woken, SALES, 60_000)
    occupied.take(accepted("b", "bob"), ("help", "chat"), 100_000)
    may_serve = [("queue", "sales", ["ann", "bob"]), ("channel", "chat", ["ann", "bob", "eve"])]
    staffed_s = {"ann": 100.0, "bob": 100.0, "eve": 1.0}
    sales, chat = occupied.found(may_serve, staffed_s, least_s=5.0)
    assert sales == AtWork("queue", "sales", 0.4, 0.4)
    assert chat.share == pytest.approx(90 / 201)
    assert chat.spread == pytest.approx(0.35)


def test_who_may_serve_is_known_by_skills_or_was_seen_to() -> None:
    serving = Serving(State())
    for name, level, closed in (("ann", 3, ()), ("bob", 1, ()), ("cid", 3, ("voice",))):
        skills = {"tax": level}
        event = ev.AgentLoggedIn(
            agent_id=name, inbox="i", capacity=1, skills=skills, closed_channels=closed
        )
        serving.take(event)
    for channel, hard in (("voice", True), ("chat", True), ("mail", False)):
        asked = (Requirement(skill="tax", op=">=", level=2, hard=hard),)
        created = ev.InteractionCreated(
            interaction_id=channel, channel=channel, queue=f"q-{channel}", created_ms=0,
            origin_ms=0, sequence=1, requirements=asked,
        )  # fmt: skip
        serving.take(created)
    case = Case("x", 0, "voice", "q-voice", "tax", legs=[Leg("eve", 0)])
    found = {(by, name): who for by, name, who in serving.found([case])}
    assert found["queue", "q-voice"] == found["channel", "voice"] == ["ann", "eve"]
    assert found["queue", "q-chat"] == ["ann", "cid"]
    assert found["queue", "q-mail"] == ["ann", "bob", "cid"]


def test_of_those_who_do_one_thing_only_it_is_all_their_work() -> None:
    """Half of the floor serves one queue only: theirs and the others' work is all there is."""
    _, recording = recorded()
    found = measures_of(recording.happened)
    who = {(by, name): names for by, name, names in recording.may_serve}
    assert len(who["queue", "billing"]) == 30
    assert {name.split("-")[0] for name in who["queue", "technical"]} == {"both"}
    assert found[Scope("channel", "voice")]["occupancy"] == pytest.approx(
        found[ALL]["occupancy"], abs=1e-3
    )
    spread = found[Scope("channel", "voice")]["occupancy_spread"]
    assert spread == pytest.approx(found[ALL]["occupancy_spread"], abs=1e-3)
    assert found[Scope("queue", "billing")]["occupancy"] < found[ALL]["occupancy"]
