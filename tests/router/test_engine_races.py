"""Races at small scope, exhaustively: whatever meets an open offer, it ends exactly once.

The auditor asserts everything else: who gets what next, what each loser of the race is told.
"""

from __future__ import annotations

import itertools

import pytest

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, arriving, only
from tests.policies import POLICY

TERMINAL = (ev.OfferAccepted, ev.OfferDeclined, ev.OfferExpired, ev.OfferRescinded)
TTL_MS = 20_000

MOVES: dict[str, cm.Command] = {
    "accept": cm.Accept("", "ann"),
    "decline": cm.Decline("", "ann", retry_s=1),
    "cancel": cm.Cancel("call"),
    "update": cm.Update("call", requirements=(cm.Requirement("french", level=5),)),
    "logout": cm.AgentLogout("ann"),
    "unavailable": cm.AgentState("ann", "unavailable"),
    "requeue": cm.Requeue("call"),
    "complete": cm.Complete("call", "ann"),
}


def ringing() -> tuple[AuditedEngine, ev.OfferIssued]:
    """A call that rings at ann, while Bob is there for whatever comes back."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk", skills={"french": 2}))
    engine.send(cm.AgentLogin("Bob", "desk", state="unavailable", skills={"french": 5}))
    offer = only(ev.OfferIssued, engine.send(cm.Create("call", "voice")))
    engine.send(cm.AgentState("Bob", "available"))
    return engine, offer


def about(move: str, offer: ev.OfferIssued) -> cm.Command:
    match MOVES[move]:
        case cm.Accept():
            return cm.Accept(offer.offer_id, "ann")
        case cm.Decline(retry_s=retry_s):
            return cm.Decline(offer.offer_id, "ann", retry_s=retry_s)
        case command:
            return command


def check_every_offer_ended_once(engine: AuditedEngine) -> None:
    issued = [e.offer_id for e in engine.events if isinstance(e, ev.OfferIssued)]
    ended = [e.offer_id for e in engine.events if isinstance(e, TERMINAL)]
    still_open = [offer.offer_id for offer in engine.auditor.floor.open_offers()]
    assert sorted(ended + still_open) == sorted(issued)


def run_out(engine: AuditedEngine) -> None:
    """Let everything that is still open run into its end."""
    for _ in range(3):
        engine.wait(61_000)
    check_every_offer_ended_once(engine)


CORE = ("accept", "decline", "cancel", "update", "logout")


@pytest.mark.parametrize("late_ms", [-1, 0, 1], ids=["in time", "on the dot", "late"])
@pytest.mark.parametrize("moves", [CORE, *itertools.combinations(MOVES, 2)], ids="+".join)
def test_in_one_batch(moves: tuple[str, ...], late_ms: int) -> None:
    """All orders of the moves in one batch, around the moment at which the offer expires."""
    for order in itertools.permutations(moves):
        engine, offer = ringing()
        engine.send(*(about(move, offer) for move in order), after_ms=TTL_MS + late_ms)
        check_every_offer_ended_once(engine)
        run_out(engine)


@pytest.mark.parametrize("moves", [CORE[:4], *itertools.combinations(MOVES, 2)], ids="+".join)
def test_in_separate_batches(moves: tuple[str, ...]) -> None:
    """All orders of the moves and the expiry, each in a batch of its own."""
    for order in itertools.permutations((*moves, "expiry")):
        engine, offer = ringing()
        for move in order:
            if move == "expiry":
                engine.wait(TTL_MS)
            else:
                engine.send(about(move, offer), after_ms=1)
            check_every_offer_ended_once(engine)
        run_out(engine)


def test_with_a_restart_between() -> None:
    """Any two of the moves around a takeover: an answer to an offer of the old leader counts."""
    for first, second in itertools.permutations(MOVES, 2):
        engine, offer = ringing()
        engine.send(about(first, offer), after_ms=1)
        engine.restart()
        engine.send(about(second, offer), after_ms=1)
        run_out(engine)


@pytest.mark.parametrize("late_ms", [0, 1, 500])
def test_an_answer_that_arrived_too_late_is_refused(late_ms: int) -> None:
    engine, offer = ringing()
    expired = engine.wait(TTL_MS)
    assert only(ev.OfferExpired, expired).offer_id == offer.offer_id
    refused = only(ev.Rejected, engine.send(about("accept", offer), after_ms=late_ms))
    assert refused.code == "offer_over"
    assert "expired" in refused.detail


def test_two_agents_answer_at_once() -> None:
    """Whoever was not offered the interaction cannot take it, in either order."""
    for order in itertools.permutations(("ann", "Bob")):
        engine, offer = ringing()
        events = engine.send(*(cm.Accept(offer.offer_id, agent_id) for agent_id in order))
        assert only(ev.OfferAccepted, events).agent_id == "ann"
        assert only(ev.Rejected, events).code == "not_yours"


def test_the_same_answer_twice_in_one_batch() -> None:
    for move in ("accept", "decline"):
        engine, offer = ringing()
        events = engine.send(about(move, offer), about(move, offer))
        assert engine.auditor.floor.offers[offer.offer_id].outcome.startswith(move)
        assert only(ev.Repeated, events).target == offer.offer_id


def test_two_creates_with_one_id_in_one_batch() -> None:
    engine = AuditedEngine(POLICY)
    events = engine.send(cm.Create("call", "voice"), cm.Create("call", "chat", priority=9))
    assert only(ev.InteractionCreated, events).channel == "voice"
    assert only(ev.Repeated, events).target == "call"


def test_an_answer_that_waited_in_the_stream() -> None:
    """It was written before the offer ran out and read after: what counts is when it arrived."""
    engine, offer = ringing()
    written_ms = engine.now_ms + TTL_MS - 1
    engine.now_ms += TTL_MS + 5_000
    engine.handle([arriving(f"{written_ms}-9", written_ms, about("accept", offer))])
    assert engine.auditor.floor.offers[offer.offer_id].outcome == "accepted"
    run_out(engine)
