"""Agents of whom nothing is heard are logged out; whoever works, or says anything, is not."""

from __future__ import annotations

from typing import Any

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only

HOUR_MS = 3_600_000
POLICY: dict[str, Any] = {
    "channels": {"chat": {"cost": 10, "maximum": 5, "offer_ttl_s": 60}},
    "queues": {"q": {}},
    "default_queue": "q",
    "sign_off_after_s": 3_600,
}


def center(**more: Any) -> AuditedEngine:
    return AuditedEngine(POLICY | more)


def logged_out(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.AgentLoggedOut)]


def test_who_says_nothing_is_logged_out_in_time() -> None:
    engine = center()
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(cm.AgentLogin("bob", "desk", state="unavailable"), after_ms=1_000)
    assert engine.engine.next_due_ms() == engine.now_ms - 1_000 + HOUR_MS
    assert logged_out(engine.wait(HOUR_MS - 1_001)) == []
    out = only(ev.AgentLoggedOut, engine.wait(1))
    assert (out.agent_id, out.cause, out.reason) == ("ann", "", "nothing was heard of the agent")
    assert logged_out(engine.wait(1_000)) == ["bob"]
    assert engine.engine.next_due_ms() is None
    assert engine.engine.state.agents == {}
    assert engine.engine.state.quiet == {}


def test_every_command_of_theirs_counts_refused_ones_too() -> None:
    engine = center()
    engine.send(cm.AgentLogin("ann", "desk"))
    for command in (
        cm.AgentState("ann", "unavailable"),
        cm.AgentAttributes("ann", {"a": 1}),
        cm.Accept("no-such-offer", "ann"),
        cm.AgentLogin("ann", "desk"),
    ):
        assert logged_out(engine.send(command, after_ms=HOUR_MS - 1)) == []
    assert logged_out(engine.wait(HOUR_MS)) == ["ann"]


def test_work_keeps_them_for_as_long_as_it_lasts() -> None:
    engine = center()
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat"))
    engine.send(cm.Accept("0-1", "ann"))
    assert logged_out(engine.wait(9 * HOUR_MS)) == []
    engine.restart()
    engine.send(cm.Complete("i", "ann"))
    assert logged_out(engine.wait(HOUR_MS - 1)) == []
    assert logged_out(engine.wait(1)) == ["ann"]


def test_whoever_lets_an_offer_run_out_has_as_long_from_then_on() -> None:
    engine = center(decline_retry_s=0)
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(cm.Create("i", "chat"), after_ms=HOUR_MS - 10)
    assert logged_out(engine.wait(60_000)) == []
    assert logged_out(engine.wait(HOUR_MS - 1)) == []
    assert logged_out(engine.wait(1)) == ["ann"]


def test_a_policy_counts_from_when_it_is_in_force() -> None:
    engine = center(sign_off_after_s=None)
    engine.send(cm.AgentLogin("ann", "desk"))
    assert logged_out(engine.wait(9 * HOUR_MS)) == []
    engine.send(cm.ReplacePolicy(policy=POLICY))
    assert logged_out(engine.wait(HOUR_MS - 1)) == []
    engine.send(cm.ReplacePolicy(policy=POLICY | {"sign_off_after_s": 7_200}))
    assert logged_out(engine.wait(HOUR_MS)) == []
    assert logged_out(engine.send(cm.ReplacePolicy(policy=POLICY))) == ["ann"]
    assert engine.engine.state.quiet == {}


def test_a_policy_without_it_keeps_nothing() -> None:
    engine = center()
    engine.send(cm.AgentLogin("ann", "desk"))
    assert engine.engine.state.quiet == {"ann": engine.now_ms}
    engine.send(cm.ReplacePolicy(policy=POLICY | {"sign_off_after_s": None}))
    assert engine.engine.state.quiet == {}
    assert logged_out(engine.wait(9 * HOUR_MS)) == []
