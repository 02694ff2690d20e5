"""What nobody accepts goes to another queue."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import changed, queues_of

RESCUE = {"queue": "billing", "after_declines": 2}


def engine_with(general: dict[str, Any], *names: str) -> AuditedEngine:
    engine = AuditedEngine(queues_of({"rescue": RESCUE} | general, {}))
    engine.send(*(cm.AgentLogin(name, "desk") for name in names))
    return engine


def decline(engine: AuditedEngine, retry_s: int = 600) -> list[ev.Event]:
    offer = next(iter(engine.engine.state.offers.values()))
    return engine.send(cm.Decline(offer.offer_id, offer.agent_id, retry_s=retry_s))


def queue_of(engine: AuditedEngine) -> str:
    return engine.engine.state.interactions["i"].queue


def moves(events: list[ev.Event]) -> list[ev.InteractionMoved]:
    return [event for event in events if isinstance(event, ev.InteractionMoved)]


def test_what_is_declined_too_often_moves_and_keeps_its_age() -> None:
    engine = engine_with({}, "ann", "bob", "eve")
    engine.send(cm.Create("i", "voice"))
    assert not moves(decline(engine))
    (moved,) = moves(decline(engine))
    assert (moved.queue, moved.step, moved.declines) == ("billing", 0, 2)
    assert queue_of(engine) == "billing"
    assert not engine.engine.state.declines
    interaction = engine.engine.state.interactions["i"]
    assert interaction.origin_ms == interaction.created_ms


def test_what_is_not_answered_counts_as_well() -> None:
    engine = engine_with({}, "ann", "bob", "eve")
    engine.send(cm.Create("i", "voice"))
    assert not moves(engine.wait(20_000))
    assert moves(engine.wait(20_000))
    assert queue_of(engine) == "billing"


def test_the_same_agent_may_decline_twice() -> None:
    engine = engine_with({}, "ann")
    engine.send(cm.Create("i", "voice"))
    assert not moves(decline(engine, retry_s=0))
    assert moves(decline(engine, retry_s=0))


def test_whoever_accepts_ends_the_count() -> None:
    engine = engine_with({}, "ann", "bob", "eve")
    engine.send(cm.Create("i", "voice"))
    decline(engine)
    offer = next(iter(engine.engine.state.offers.values()))
    engine.send(cm.Accept(offer.offer_id, offer.agent_id))
    assert not engine.engine.state.declines
    engine.send(cm.Requeue("i"))
    assert not moves(decline(engine))


def test_offers_that_are_open_stand() -> None:
    engine = engine_with({"offers_at_once": 3}, "ann", "bob", "eve")
    engine.send(cm.Create("i", "voice"))
    decline(engine)
    (moved,) = moves(decline(engine))
    assert moved.declines == 2
    offer = only_open(engine)
    engine.send(cm.Accept(offer, "eve"))
    assert engine.engine.state.assignments["i"].agent_id == "eve"


def only_open(engine: AuditedEngine) -> str:
    (offer_id,) = engine.engine.state.offers
    return offer_id


def test_it_begins_the_workflow_of_the_rescue_queue() -> None:
    document = changed(
        workflows={"all": {"steps": [{"priority": 3}]}},
        queues={"general": {"rescue": RESCUE}, "billing": {"workflow": "all"}},
    )
    engine = AuditedEngine(document)
    engine.send(cm.AgentLogin("ann", "desk"), cm.AgentLogin("bob", "desk"))
    engine.send(cm.Create("i", "voice"))
    decline(engine)
    assert only(ev.InteractionStepped, decline(engine)).priority == 3


def test_what_ends_is_counted_no_more() -> None:
    engine = engine_with({}, "ann")
    engine.send(cm.Create("i", "voice"))
    decline(engine)
    assert engine.engine.state.declines["i"] == 1
    engine.send(cm.Cancel("i"))
    assert not engine.engine.state.declines


@pytest.mark.parametrize(
    ("general", "billing", "message"),
    [
        ({"queue": "nowhere"}, None, "there is no queue 'nowhere'"),
        ({"queue": "general"}, None, "in a circle: general → general"),
        ({"queue": "billing"}, {"queue": "general"}, "in a circle: general → billing → general"),
    ],
)
def test_a_rescue_is_another_queue(
    general: dict[str, Any], billing: dict[str, Any] | None, message: str
) -> None:
    one, other = (
        {"rescue": {"after_declines": 1} | named} if named else {} for named in (general, billing)
    )
    with pytest.raises(PolicyError, match=message):
        parse_policy(queues_of(one, other))
