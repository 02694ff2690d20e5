"""Orders of a queue in plain words: in which order one agent gets everything that waits.

The interactions differ in medium, target, requirements, priority, age and history, and the agent
may serve them all; the oracle looks on at every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine
from tests.hypothesis_profiles import TIMEOUT_S, scaled

pytestmark = pytest.mark.timeout(TIMEOUT_S)

TARGETS_S = {"call": 20.0, "chat": 60.0, "letter": 86_400.0}
MINUTE_MS = 60_000


class Waiting(NamedTuple):
    """One interaction as it waits; ``number`` counts arrivals."""

    channel: str
    priority: int
    origin_ms: int
    number: int
    queue: str


drawn = st.lists(
    st.fixed_dictionaries(
        {
            "channel": st.sampled_from(tuple(TARGETS_S)),
            "priority": st.sampled_from((0, 0, 1, 2, 100)),
            "age_ms": st.sampled_from((0, 0, 1, 5_000, 60_000, 3_600_000, 30 * 86_400_000)),
            "level": st.integers(0, 3),
            "known": st.booleans(),
            "excluded": st.sampled_from((False, False, False, True)),
            "after_ms": st.sampled_from((0, 1, 30_000)),
        }
    ),
    min_size=2,
    max_size=9,
)


def policy(**queues: dict[str, Any]) -> dict[str, Any]:
    """Work of which an agent can hold one at a time."""
    return {
        "channels": {
            name: {"target_s": target_s, "maximum": 9} for name, target_s in TARGETS_S.items()
        },
        "queues": queues,
        "skills": {"tech": {"levels": 3}},
    }


def create(number: int, queue: str, one: dict[str, Any], now_ms: int) -> cm.Create:
    known = (cm.HistoryFact("ann", "owner"),) if one["known"] else ()
    tech = cm.Requirement("tech", level=one["level"], hard=one["level"] < 2)
    return cm.Create(
        f"{number}",
        one["channel"],
        queue=queue,
        priority=one["priority"],
        requirements=(tech,) if one["level"] else (),
        history=known,
        origin_ms=now_ms - one["age_ms"],
        excluded_agents=("ann",) if one["excluded"] else (),
    )


def served(document: dict[str, Any], drawn: list[dict[str, Any]]) -> list[Waiting]:
    """Everything that waits for ann, in the order in which she gets it."""
    engine = AuditedEngine(document)
    names = list(document["queues"])
    waiting = {}
    for number, one in enumerate(drawn):
        engine.now_ms += one["after_ms"]
        queue = names[number % len(names)]
        command = create(number, queue, one, engine.now_ms)
        assert command.origin_ms is not None
        waiting[command.interaction_id] = Waiting(
            one["channel"], one["priority"], command.origin_ms, number, queue
        )
        engine.send(command)
    found = []
    events = engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 2}), after_ms=1_000)
    while offers := [event for event in events if isinstance(event, ev.OfferIssued)]:
        (offer,) = offers
        found.append(waiting[offer.interaction_id])
        engine.send(cm.Accept(offer.offer_id, "ann"), after_ms=5_000)
        events = engine.send(cm.Complete(offer.interaction_id, "ann"), after_ms=5_000)
    assert len(found) == sum(not one["excluded"] for one in drawn)
    return found


def target_ms(one: Waiting) -> int:
    return int(TARGETS_S[one.channel] * 1_000)


RULES: dict[str, tuple[dict[str, Any], Callable[[Waiting], tuple[int, ...]]]] = {
    "no lower priority before a higher one, else the oldest": (
        {"order": "priority"},
        lambda one: (-one.priority, one.origin_ms, one.number),
    ),
    "two minutes make up for a point of priority": (
        {"order": "ageing", "ageing_points_per_minute": 0.5},
        lambda one: (one.origin_ms - 2 * MINUTE_MS * one.priority, one.number),
    ),
    "the earliest deadline first": (
        {"order": "deadline"},
        lambda one: (
            one.origin_ms + target_ms(one) - one.priority * target_ms(one) // 2,
            one.number,
        ),
    ),
    "first in, first out": ({"order": "oldest_first"}, lambda one: (one.origin_ms, one.number)),
    "last in, first out": ({"order": "newest_first"}, lambda one: (-one.origin_ms, one.number)),
}


@pytest.mark.parametrize("strategy", ["score", "longest_idle"])
@pytest.mark.parametrize("words", RULES)
@scaled(15)
@given(drawn=drawn)
def test_an_order_holds_over_media_requirements_and_history(
    words: str, strategy: str, drawn: list[dict[str, Any]]
) -> None:
    queue, key = RULES[words]
    found = served(policy(q={**queue, "strategy": strategy}), drawn)
    assert found == sorted(found, key=key), words


@scaled(15)
@given(
    drawn=drawn,
    orders=st.tuples(*[st.sampled_from(list(RULES))] * 3),
    weight=st.sampled_from((0, 0.5, 10)),
)
def test_each_queue_keeps_its_own_order_beside_the_others(
    drawn: list[dict[str, Any]], orders: tuple[str, ...], weight: float
) -> None:
    queues = {f"q{number}": RULES[words][0] for number, words in enumerate(orders)}
    found = served(policy(**queues) | {"urgency": {"weight": weight}}, drawn)
    for number, words in enumerate(orders):
        mine = [one for one in found if one.queue == f"q{number}"]
        assert mine == sorted(mine, key=RULES[words][1]), words


def test_between_queues_the_urgencies_compare() -> None:
    """An hour-old letter is 0.04 urgent, a new one of its queue 1.0, an old call 180 targets."""
    plain = {"priority": 0, "level": 0, "known": False, "excluded": False, "after_ms": 0}
    letter = plain | {"channel": "letter", "age_ms": 3_600_000}
    fresh = plain | {"channel": "call", "age_ms": 0}
    important = plain | {"channel": "letter", "age_ms": 0, "priority": 1}
    queues = {"due": {}, "lifo": {"order": "newest_first"}, "strict": {"order": "priority"}}
    found = served(policy(**queues), [letter, fresh, important])
    assert [one.queue for one in found] == ["strict", "lifo", "due"]


def test_a_new_order_holds_for_what_waits_already() -> None:
    engine = AuditedEngine(policy(q={"order": "oldest_first"}))
    for number in range(4):
        engine.send(cm.Create(f"{number}", "call", queue="q", priority=number % 3), after_ms=1_000)
    engine.send(cm.ReplacePolicy(policy=policy(q={"order": "newest_first"})))
    (first,) = offers_of(engine.send(cm.AgentLogin("ann", "desk"), after_ms=1_000))
    assert first.interaction_id == "3"
    assert first.decision.urgency_ppm == 1_000_000 * 60_000 // 61_000
    engine.send(cm.ReplacePolicy(policy=policy(q={"order": "priority"})))
    engine.send(cm.Accept(first.offer_id, "ann"))
    (second,) = offers_of(engine.send(cm.Complete("3", "ann")))
    assert second.interaction_id == "2"


def offers_of(events: list[ev.Event]) -> list[ev.OfferIssued]:
    return [event for event in events if isinstance(event, ev.OfferIssued)]
