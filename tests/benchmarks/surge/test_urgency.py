from __future__ import annotations

from collections.abc import Mapping

from benchmarks.surge.plan import CONTACT
from benchmarks.surge.urgency import Urgency
from router.policy import parse_policy
from tests.benchmarks.surge.plans import plan, type_plan

POLICY = parse_policy(
    {
        "channels": {"voice": {"target_s": 20}, "chat": {"target_s": 60}},
        "queues": {"contacts": {}},
        "urgency": {"priority_step": 0.5},
    }
)
USUAL, URGENT = type_plan("usual"), type_plan("urgent", create={"priority": 2})


def created(contact: int, origin_ms: int) -> dict[str, object]:
    name = CONTACT % contact
    return {"type": "interaction_created", "interaction_id": name, "origin_ms": origin_ms}


def told(urgency: Urgency, *events: Mapping[str, object]) -> int:
    for event in events:
        urgency.follow(event)
    urgency.close_record()
    return urgency.passed_over


def offered(contact: int) -> dict[str, object]:
    return {"type": "offer_issued", "interaction_id": CONTACT % contact}


def test_the_more_urgent_comes_first() -> None:
    urgency = Urgency(plan([0, 0], types=[USUAL, URGENT], type_of=[0, 1]), POLICY)
    assert told(urgency, created(0, 0), created(1, 15_000)) == 0
    assert told(urgency, offered(0)) == 1  # the urgent one counts as 20 s older


def test_waiting_wins_in_the_end() -> None:
    urgency = Urgency(plan([0, 0], types=[USUAL, URGENT], type_of=[0, 1]), POLICY)
    assert told(urgency, created(0, 0), created(1, 25_000)) == 0
    assert told(urgency, offered(0)) == 0


def test_the_order_within_a_record_is_no_matter() -> None:
    urgency = Urgency(plan([0, 0], types=[USUAL, URGENT], type_of=[0, 1]), POLICY)
    assert told(urgency, created(0, 0), created(1, 0), offered(0), offered(1)) == 0


def test_who_has_left_is_not_passed_over() -> None:
    urgency = Urgency(plan([0, 0], types=[USUAL, URGENT], type_of=[0, 1]), POLICY)
    left = {"type": "interaction_cancelled", "interaction_id": CONTACT % 1}
    assert told(urgency, created(0, 0), created(1, 0), left, offered(0)) == 0


def test_only_what_is_alike_is_compared() -> None:
    chat = type_plan("chat", create={"priority": 2, "channel": "chat"})
    urgency = Urgency(plan([0, 0], types=[USUAL, chat], type_of=[0, 1]), POLICY)
    assert told(urgency, created(0, 0), created(1, 0), offered(0)) == 0
