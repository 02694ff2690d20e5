"""What ends a wrap-up, by the mode of its channel."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import POLICY


def policy(**chat: Any) -> dict[str, Any]:
    channels = {**POLICY["channels"], "chat": {"cost": 30, **chat}}
    return {**POLICY, "channels": channels}


def in_hand(**chat: Any) -> AuditedEngine:
    """Ann has the chat "i" in hand."""
    engine = AuditedEngine(policy(**chat))
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat"))
    engine.send(cm.Assign("i", "ann"))
    return engine


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def held(engine: AuditedEngine) -> bool:
    return "i" in engine.engine.state.agents["ann"].held


def test_time_or_the_agent_ends_it() -> None:
    engine = in_hand(wrap_up_s=30)
    engine.send(cm.Complete("i", "ann"))
    engine.wait(29_999)
    assert held(engine)
    assert only(ev.InteractionWrappedUp, engine.wait(1)).ended_by == "timer"
    engine = in_hand(wrap_up_s=30)
    engine.send(cm.Complete("i", "ann"))
    events = engine.send(cm.EndWrapUp("i", "ann"))
    assert only(ev.InteractionWrappedUp, events).ended_by == "agent"


def test_time_alone_ends_what_is_forced() -> None:
    engine = in_hand(wrap_up_s=30, wrap_up="forced")
    assert refused(engine.send(cm.Complete("i", "ann", wrap_up=False))) == ("invalid", "wrap_up")
    engine.send(cm.Complete("i", "ann"))
    assert refused(engine.send(cm.EndWrapUp("i", "ann"))) == ("wrong_state", "")
    assert refused(engine.send(cm.ExtendWrapUp("i", "ann", 10))) == ("wrong_state", "")
    assert only(ev.InteractionWrappedUp, engine.wait(30_000)).ended_by == "timer"


def test_the_agent_alone_ends_what_is_open() -> None:
    engine = in_hand(wrap_up="open")
    events = engine.send(cm.Complete("i", "ann"))
    assert only(ev.InteractionCompleted, events).wrap_up_until_ms == 0
    assert not engine.wait(7 * 86_400_000)
    assert held(engine)
    assert refused(engine.send(cm.ExtendWrapUp("i", "ann", 10))) == ("wrong_state", "")
    engine.send(cm.EndWrapUp("i", "ann"))
    assert not held(engine)


@pytest.mark.parametrize(("said", "left"), [(None, False), (False, False), (True, True)])
def test_on_request_there_is_one_if_it_is_asked_for(said: bool | None, left: bool) -> None:
    engine = in_hand(wrap_up_s=30, wrap_up="on_request")
    engine.send(cm.Complete("i", "ann", wrap_up=said))
    assert held(engine) == left


def test_none_where_the_agent_needs_none() -> None:
    engine = in_hand(wrap_up_s=30)
    events = engine.send(cm.Complete("i", "ann", wrap_up=False))
    assert only(ev.InteractionWrappedUp, events).ended_by == "none"


def test_more_time_is_added_to_what_there_was() -> None:
    engine = in_hand(wrap_up_s=30)
    engine.send(cm.Complete("i", "ann"))
    engine.send(cm.ExtendWrapUp("i", "ann", 20), after_ms=10_000)
    engine.send(cm.ExtendWrapUp("i", "ann", 5), after_ms=10_000)
    assert not engine.wait(34_999)
    assert only(ev.InteractionWrappedUp, engine.wait(1)).ended_by == "timer"


@pytest.mark.parametrize(
    "wrong", [{"wrap_up": "forced"}, {"wrap_up": "open", "wrap_up_s": 3}, {"wrap_up": "never"}]
)
def test_modes_that_contradict_their_time(wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="wrap_up"):
        parse_policy(policy(**wrong))
