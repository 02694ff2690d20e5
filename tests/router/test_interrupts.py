"""A call may interrupt an e-mail: what makes room for more urgent work, and what does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.outbox import work_entries
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, POLICY_VARIANTS


@pytest.fixture
def engine() -> AuditedEngine:
    """Ann writes the letter "l" and has no capacity left."""
    engine = AuditedEngine(POLICY_VARIANTS["calls go first"])
    engine.send(cm.AgentLogin("ann", "desk", capacity=100), cm.Create("l", "letter"))
    engine.send(cm.Assign("l", "ann"))
    return engine


def offered(events: list[ev.Event]) -> list[str]:
    return [event.interaction_id for event in events if isinstance(event, ev.OfferIssued)]


def test_a_call_comes_first(engine: AuditedEngine) -> None:
    offer = only(ev.OfferIssued, engine.send(cm.Create("c", "voice")))
    events = engine.send(cm.Accept(offer.offer_id, "ann"))
    (entry,) = work_entries(events, engine.engine.state, {})
    assert msgspec.msgpack.decode(entry.payload)["holds"] == ["l"]


def test_nothing_interrupts_the_call(engine: AuditedEngine) -> None:
    engine.send(cm.Create("c", "voice"))
    assert not offered(engine.send(cm.Create("c2", "voice"), cm.Create("h", "chat")))
    assert not offered(engine.send(cm.Create("l2", "letter")))


def test_as_many_as_there_is_room_for_without_what_is_on_hold(engine: AuditedEngine) -> None:
    assert offered(engine.send(cm.Create("h1", "chat"), cm.Create("h2", "chat"))) == ["h1", "h2"]
    assert not offered(engine.send(cm.Create("h3", "chat")))


def test_what_was_on_hold_counts_again_for_its_own_kind(engine: AuditedEngine) -> None:
    offer = only(ev.OfferIssued, engine.send(cm.Create("c", "voice")))
    engine.send(cm.Accept(offer.offer_id, "ann"), cm.Complete("c", "ann", wrap_up=False))
    assert not offered(engine.send(cm.Create("l2", "letter")))


@pytest.mark.parametrize(
    ("voice", "chat", "message"),
    [
        (["chat"], ["voice"], "voice interrupts chat in turn|chat interrupts voice in turn"),
        (["voice"], [], "in turn"),
        (["fax"], [], "there is no channel 'fax'"),
    ],
)
def test_interrupts_that_make_no_sense(voice: list[str], chat: list[str], message: str) -> None:
    channels: dict[str, Any] = dict(POLICY["channels"])
    channels["voice"] = {**channels["voice"], "interrupts": voice}
    channels["chat"] = {**channels["chat"], "interrupts": chat}
    with pytest.raises(PolicyError, match=message):
        parse_policy({**POLICY, "channels": channels})
