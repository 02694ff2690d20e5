"""The checker's reading of docs/matching.md, against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.verify.terms import Requirement, read_policy, read_requirements, satisfies, skill_term
from adapters.verify.wire import Unreadable
from tests.adapters.verify.story import POLICY


def asked(op: str, level: int, level_max: int = 0, weight: int = 1) -> Requirement:
    return Requirement("french", op, level, level_max, hard=True, weight=weight)


@pytest.mark.parametrize(
    ("op", "level", "level_max", "meets"),
    [
        ("=", 3, 0, {3}),
        ("!=", 3, 0, {0, 1, 2, 4, 5}),
        ("<", 3, 0, {0, 1, 2}),
        ("<=", 3, 0, {0, 1, 2, 3}),
        (">", 3, 0, {4, 5}),
        (">=", 3, 0, {3, 4, 5}),
        ("between", 2, 4, {2, 3, 4}),
    ],
)
def test_operators(op: str, level: int, level_max: int, meets: set[int]) -> None:
    assert {held for held in range(6) if satisfies(held, asked(op, level, level_max))} == meets


def test_the_skill_term() -> None:
    levels = {"french": 5}
    assert skill_term({}, (), levels) == 1_000_000
    assert skill_term({"french": 3}, (asked(">=", 3),), levels) == 800_000
    assert skill_term({"french": 9}, (asked(">=", 3),), levels) == 1_000_000
    assert skill_term({"french": 2}, (asked(">=", 3),), levels) == 333_333
    assert skill_term({"french": 2}, (asked(">", 3),), levels) == 250_000
    assert skill_term({"french": 2}, (asked("=", 3),), levels) == 0
    both = (asked(">=", 3, weight=3), asked("<", 2, weight=1))
    assert skill_term({"french": 3}, both, levels) == 600_000


def test_urgency_is_the_share_of_the_target_with_priority_added() -> None:
    policy = read_policy(1, POLICY)
    assert policy.urgency_ppm("chat", "general", 0, 1_000, 31_000) == 500_000
    assert policy.urgency_ppm("chat", "general", 3, 1_000, 31_000) == 2_000_000
    slower = POLICY | {"queues": {"general": {"targets_s": {"chat": 120}}}}
    assert read_policy(1, slower).urgency_ppm("chat", "general", 0, 1_000, 31_000) == 250_000


def test_the_pair_score_weighs_its_terms() -> None:
    policy = read_policy(1, POLICY | {"queues": {"general": {}, "own": {"weights": {"idle": 11}}}})
    terms = (1_000_000, 0, 500_000, 250_000)
    assert policy.pair_ppm("general", terms) == (4_000_000 + 1_000_000 + 250_000) // 10
    assert policy.pair_ppm("own", terms) == (4_000_000 + 1_000_000 + 2_750_000) // 20
    assert policy.idle_ppm(60_000) == 500_000


@pytest.mark.parametrize(
    "change",
    [
        {"channels": {"chat": {"target_s": 0}}},
        {"channels": {"chat": {"cost": "much"}}},
        {"channels": None},
        {"skills": {"french": {"levels": 0}}},
        {"weights": {"skill": 0, "history": 0, "load": 0, "idle": 0}},
        {"idle_half_s": float("inf")},
    ],
)
def test_a_policy_that_would_stop_the_formulas_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_policy(1, POLICY | change)


@pytest.mark.parametrize(
    "found", ["french", {"op": "="}, {"skill": "french", "op": "~"}, {"skill": "f", "weight": 0}]
)
def test_requirements_that_cannot_be_read(found: Any) -> None:
    with pytest.raises(Unreadable):
        read_requirements([found])
