"""Replay: the fold of what was journaled is the live state, and a restart changes nothing."""

from __future__ import annotations

import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from tests.audited import AuditedEngine
from tests.policies import POLICY
from tests.traffic import Traffic


@pytest.mark.parametrize("spare_classes", [0, 3, 256])
@pytest.mark.parametrize("seed", range(2))
def test_traffic_with_restarts(
    seed: int, spare_classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every batch is audited by the oracle; every tenth is followed by a restart."""
    monkeypatch.setattr("queues.classes.SPARE_CLASSES_MAX", spare_classes)
    traffic, engine = Traffic(10 * seed + spare_classes), AuditedEngine()
    traffic.answered(engine.handle(traffic.opening()))
    waited = 0
    for number, batch in enumerate(traffic.batches(40)):
        engine.now_ms = traffic.now_ms
        traffic.answered(engine.handle(batch))
        waited = max(waited, len(engine.auditor.floor.queued()))
        if number % 10 == 9:
            engine.restart()
    assert waited > 10, "the queue has to become deep"
    assert sum(isinstance(event, ev.OfferIssued) for event in engine.events) > 50


def test_a_restart_alone_offers_nothing() -> None:
    """Work conservation held before, so a takeover that looks at everything finds nothing to do."""
    traffic, engine = Traffic(3), AuditedEngine()
    traffic.answered(engine.handle(traffic.opening()))
    for batch in traffic.batches(20):
        engine.now_ms = traffic.now_ms
        traffic.answered(engine.handle(batch))
    engine.restart()
    assert engine.send() == []


def test_offers_of_an_old_leader_are_never_numbered_again() -> None:
    """Offer ids carry the epoch, so that an id of a record that was lost is not given twice."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"), cm.AgentLogin("Bob", "desk"))
    engine.send(cm.Create("first", "voice"))
    started = ev.LeaderStarted(epoch=5, router_id="r2", release="1")
    for copy in (engine.engine, engine.follower):
        copy.apply(started, engine.now_ms)
    engine.restart()
    engine.send(cm.Create("second", "voice"))
    offers = [event.offer_id for event in engine.events if isinstance(event, ev.OfferIssued)]
    assert len(set(offers)) == 2
    assert offers[1].startswith("5-")


def test_bytes_of_the_state_tell_states_apart() -> None:
    """Guards every comparison of ``state_bytes``: one changed fact changes the bytes."""
    engine = AuditedEngine(POLICY)
    seen = {engine.engine.state_bytes()}
    for command in (
        cm.AgentLogin("ann", "desk"),
        cm.AgentSkills("ann", {"french": 1}),
        cm.Create("i1", "voice", excluded_agents=("ann",)),
        cm.Update("i1", priority=1),
        cm.AgentState("ann", "unavailable"),
        cm.Cancel("i1"),
    ):
        engine.send(command, after_ms=1)
        seen.add(engine.engine.state_bytes())
    assert len(seen) == 7


def test_a_batch_without_events_leaves_the_state_as_it_is() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    before = engine.engine.state_bytes()
    assert engine.wait(10_000) == []
    assert engine.engine.state_bytes() == before
    assert engine.engine.next_due_ms() is None


def test_an_empty_engine_knows_nothing_and_needs_nothing() -> None:
    engine = Engine()
    assert engine.handle([], 0) == []
    assert engine.next_due_ms() is None
    assert not engine.partial
    assert engine.state_bytes() == Engine().state_bytes()
