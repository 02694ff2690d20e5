"""Golden: TaskRouter's cumulative timeouts, written as a workflow here.

A target's ``timeout`` is compared with the age of the task, after the sum of the timeouts before
it; a reservation that is pending does not stop the clock; what no target has served goes to the
default filter's queue.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine
from tests.policies import POLICY

TARGETS: list[dict[str, Any]] = [
    {"timeout": 10, "worker": "experts", "add": [{"skill": "tech", "level": 3}]},
    {"timeout": 20, "worker": "skilled", "lower": {"tech": 2}},
    {"timeout": 30, "worker": "anyone", "drop": ["tech"], "priority": 5},
]
"""As in a filter of a TaskRouter workflow: how long each target is tried, in seconds."""


def workflow(targets: list[dict[str, Any]], default_queue: str) -> dict[str, Any]:
    """The steps that do what the targets do."""
    ends = accumulate(target["timeout"] for target in targets)
    steps: list[dict[str, Any]] = [
        {
            "name": target["worker"],
            "until_s": end,
            **{key: target[key] for key in ("add", "lower", "drop", "priority") if key in target},
        }
        for target, end in zip(targets, ends, strict=True)
    ]
    return {"steps": [*steps, {"queue": default_queue, "name": "default filter"}]}


def floor() -> AuditedEngine:
    queues = {"general": {"workflow": "w"}, "billing": {}}
    return AuditedEngine(
        {**POLICY, "queues": queues, "workflows": {"w": workflow(TARGETS, "billing")}}
    )


def told(engine: AuditedEngine, begin_ms: int) -> list[tuple[int, str]]:
    """(age in seconds, target) at which each target began; looked at every second."""
    return [
        ((engine.now_ms - begin_ms) // 1_000, event.name)
        for _ in range(70)
        for event in engine.wait(1_000)
        if isinstance(event, ev.InteractionStepped | ev.InteractionMoved)
    ]


def test_timeouts_add_up_on_the_age_of_the_task() -> None:
    engine = floor()
    begin_ms = engine.now_ms
    engine.send(cm.Create("task", "chat"))
    assert told(engine, begin_ms) == [(10, "skilled"), (30, "anyone"), (60, "default filter")]
    assert engine.engine.state.interactions["task"].queue == "billing"


def test_a_pending_reservation_does_not_stop_the_clock() -> None:
    engine = floor()
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 3}))
    begin_ms = engine.now_ms
    events = engine.send(cm.Create("task", "letter"))
    assert [type(event) for event in events][-1] is ev.OfferIssued
    assert told(engine, begin_ms) == [(10, "skilled"), (30, "anyone"), (60, "default filter")]
    assert engine.engine.state.interactions["task"].offers


def test_a_virtual_start_counts_into_the_age() -> None:
    engine = floor()
    begin_ms = engine.now_ms
    events = engine.send(cm.Create("task", "chat", origin_ms=begin_ms - 25_000))
    (begun,) = [event for event in events if isinstance(event, ev.InteractionStepped)]
    assert begun.name == "skilled"
    assert told(engine, begin_ms) == [(5, "anyone"), (35, "default filter")]
