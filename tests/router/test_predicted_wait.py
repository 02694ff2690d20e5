"""The order by predicted wait, in plain words: who would have waited longest if passed over.

The oracle looks on at every batch, and works out the departures of each queue from a log.
"""

from __future__ import annotations

from typing import Any

import pytest

from queues.departures import Departure, Departures
from queues.waits import advance_ms
from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only

GAPS_MS = {"fast": 5_000, "slow": 60_000}


def policy(order: str = "predicted_wait", **more: Any) -> dict[str, Any]:
    return {
        "channels": {"chat": {"maximum": 1, "target_s": 60}},
        "queues": {name: {"order": order} for name in GAPS_MS} | {"usual": {}},
        "skills": {name: {} for name in GAPS_MS},
        "decline_retry_s": 0,
        **more,
    }


def create(name: str, queue: str) -> cm.Create:
    asked = (cm.Requirement(queue),) if queue in GAPS_MS else ()
    return cm.Create(name, "chat", queue=queue, requirements=asked)


def drain(engine: AuditedEngine, queue: str, times: int, gap_ms: int) -> None:
    """Let one agent take one after the other, and go."""
    names = [f"{queue}-{engine.now_ms}-{number}" for number in range(times + 1)]
    engine.send(*(create(name, queue) for name in names))
    events = engine.send(cm.AgentLogin(queue, "desk", skills={queue: 1}), after_ms=gap_ms)
    for _ in range(times):
        offer = only(ev.OfferIssued, events)
        engine.send(cm.Accept(offer.offer_id, queue))
        events = engine.send(cm.Complete(offer.interaction_id, queue), after_ms=gap_ms)
    engine.send(cm.AgentLogout(queue), cm.Cancel(names[-1]))


def busy_before(order: str = "predicted_wait", **more: Any) -> AuditedEngine:
    engine = AuditedEngine(policy(order), **more)
    for queue, gap_ms in GAPS_MS.items():
        drain(engine, queue, 7, gap_ms)
    return engine


def chosen(engine: AuditedEngine) -> ev.OfferIssued:
    """What an agent who can do everything gets first, when one has waited 40 s, the other 20 s."""
    engine.send(create("older", "fast"))
    engine.send(create("younger", "slow"), after_ms=20_000)
    login = cm.AgentLogin("ann", "desk", skills=dict.fromkeys(GAPS_MS, 1))
    return only(ev.OfferIssued, engine.send(login, after_ms=20_000))


def test_who_would_wait_for_longest_comes_first() -> None:
    offer = chosen(busy_before())
    assert offer.interaction_id == "younger"
    assert offer.decision.urgency_ppm == (20_000 + 60_000) * 1_000_000 // 60_000


def test_by_age_the_older_comes_first() -> None:
    offer = chosen(busy_before("oldest_first"))
    assert offer.interaction_id == "older"
    assert offer.decision.urgency_ppm == 40_000 * 1_000_000 // 60_000


def test_where_little_is_known_age_alone_decides() -> None:
    engine = AuditedEngine(policy())
    for queue in GAPS_MS:
        drain(engine, queue, 4, GAPS_MS[queue])
    assert chosen(engine).interaction_id == "older"


def test_within_a_queue_the_oldest_comes_first() -> None:
    engine = busy_before()
    for name in ("a", "b", "c"):
        engine.send(create(name, "slow"), after_ms=1_000)
    told = [engine.send(cm.Inquire(name, reply_to="desk")) for name in ("c", "b", "a")]
    assert [only(ev.WaitEstimated, events).position for events in told] == [3, 2, 1]


def test_other_queues_compare_as_they_are() -> None:
    engine = busy_before()
    engine.send(create("usual", "usual"))
    engine.send(create("slow", "slow"), after_ms=50_000)
    login = cm.AgentLogin("ann", "desk", skills=dict.fromkeys(GAPS_MS, 1))
    assert only(ev.OfferIssued, engine.send(login)).interaction_id == "slow", "60 s against 50 s"


def test_what_no_agent_takes_has_not_left() -> None:
    engine = busy_before()
    departures = engine.engine.state.departures
    for name in ("a", "b"):
        engine.send(create(name, "fast"))
    before = advance_ms(departures["fast"])
    login = cm.AgentLogin("ann", "desk", skills={"fast": 1})
    engine.send(login, after_ms=65_000)
    assert (before, advance_ms(departures["fast"])) == (5_000, (7 * 5_000 + 65_000) // 7)
    engine.send(cm.AgentState("ann", "unavailable"))
    assert advance_ms(departures["fast"]) == before
    assert chosen(engine).decision.urgency_ppm == (105_000 + 5_000) * 1_000_000 // 60_000


@pytest.mark.parametrize("at_once", [0, 256])
def test_a_new_policy_that_asks_for_it_knows_what_has_been(at_once: int) -> None:
    engine = busy_before("oldest_first", policy_at_once_max=at_once)
    engine.send(create("waits", "usual"))
    engine.send(cm.ReplacePolicy(policy=policy()))
    drain(engine, "slow", 1, 60_000)
    engine.wait(1)
    engine.send(cm.Cancel("waits"))
    assert engine.engine.state.policy_version == 2
    assert chosen(engine).interaction_id == "younger"


@pytest.mark.parametrize(
    ("times_s", "mean_ms"),
    [
        ((), 0),
        ((0, 1, 2, 3, 4), 0),
        ((0, 1, 2, 3, 4, 5), 1_000),
        ((0, 1, 2, 3, 4, 2_000), 0),
        ((0, 1_000, 1_001, 1_002, 1_003, 1_004, 1_010, 2_000), 1_000_000 // 6),
        (range(33), 1_000),
    ],
)
def test_the_mean_is_of_the_last_half_hour(times_s: tuple[int, ...], mean_ms: int) -> None:
    last = [Departure(at_s * 1_000, at_s * 1_000, 0) for at_s in times_s]
    assert advance_ms(Departures(last=last)) == mean_ms
    assert advance_ms(None) == 0
