"""The checker's reading of docs/matching.md, against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.verify.model import Agent
from adapters.verify.queue_terms import Standing, Terms, drawn
from adapters.verify.terms import Requirement, read_policy, read_requirements, satisfies, skill_term
from adapters.verify.waits import advance_ms
from adapters.verify.wire import Unreadable
from queues.departures import Departure
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
    assert policy.place(Standing("chat", "general", 0, 1_000)).urgency_ppm(31_000) == 500_000
    assert policy.place(Standing("chat", "general", 3, 1_000)).urgency_ppm(31_000) == 2_000_000
    slower = read_policy(1, POLICY | {"queues": {"general": {"targets_s": {"chat": 120}}}})
    assert slower.place(Standing("chat", "general", 0, 1_000)).urgency_ppm(31_000) == 250_000


@pytest.mark.parametrize(
    ("queue", "priority", "key_ms", "urgency"),
    [
        ({"order": "priority"}, 1, 1_000 - 86_400_000_000, 1_440_000_500_000),
        ({"order": "ageing"}, 2, 1_000 - 120_000, 2_500_000),
        ({"order": "ageing", "ageing_points_per_minute": 0.5}, 1, 1_000 - 120_000, 2_500_000),
        ({"order": "deadline"}, 0, 1_000, 500_000),
        ({"order": "deadline", "targets_s": {"chat": 90}}, 0, 31_000, 0),
        ({"order": "deadline"}, 1, 1_000 - 30_000, 1_000_000),
        ({"order": "oldest_first"}, 9, 1_000, 500_000),
        ({"order": "newest_first"}, 9, -1_000, 666_666),
        ({"order": "predicted_wait"}, 9, 1_000, 500_000),
    ],
)
def test_orders(queue: dict[str, Any], priority: int, key_ms: int, urgency: int) -> None:
    policy = read_policy(1, POLICY | {"queues": {"general": queue}})
    place = policy.place(Standing("chat", "general", priority, 1_000))
    assert (place.order_key, place.urgency_ppm(31_000)) == (key_ms, urgency)
    assert policy.queues["general"].match_ppm(1) == 500_000


@pytest.mark.parametrize(
    ("order", "own_ms", "key_ms", "urgency"),
    [
        ("urgency", 20_000, 1_000, 1_500_000),
        ("urgency", 45_678, 1_678, 29_322 * 1_000_000 // 45_000),
        ("urgency", 100, 1_000, 300_000_000),
        ("urgency", 60_000, 1_000, 500_000),
        ("deadline", 45_678, 1_000 + 45_678 - 60_000, 44_322 * 1_000_000 // 60_000),
        ("oldest_first", 45_678, 1_000, 500_000),
    ],
)
def test_a_target_of_its_own(order: str, own_ms: int, key_ms: int, urgency: int) -> None:
    policy = read_policy(1, POLICY | {"queues": {"general": {"order": order}}})
    place = policy.place(Standing("chat", "general", 0, 1_000, target_ms=own_ms))
    assert (place.order_key, place.urgency_ppm(31_000)) == (key_ms, urgency)


STEP_MS = 30_000_000_000_000


@pytest.mark.parametrize(
    ("facts", "key_ms"),
    [
        ({"tier": "gold"}, 1_000 - 3 * STEP_MS),
        ({"tier": "gold", "due": 7}, 1_000 - 3 * STEP_MS),
        ({"due": 7.9}, 7 - 2 * STEP_MS),
        ({"due": -(10**20)}, -(10**13) - 2 * STEP_MS),
        ({"due": "1970-01-01T01:00:01+01:00"}, 1_000 - 2 * STEP_MS),
        ({"due": "1970-01-01"}, 10**13 - 2 * STEP_MS),
        ({"customer": {"tier": 3}}, -3 - STEP_MS),
        ({"customer": {"tier": True}}, 10**13 - STEP_MS),
        ({"customer": {"tier": {}}}, -1_000),
        ({"langs": ["de"] * 65}, -1_000),
        ({"due": "x" * 2_037}, 10**13 - 2 * STEP_MS),
        ({"due": "x" * 2_038}, -1_000),
        ({}, -1_000),
    ],
)
def test_buckets(facts: dict[str, Any], key_ms: int) -> None:
    buckets = [
        {"when": "interaction.tier == 'gold'", "order": "oldest_first"},
        {"when": "has(interaction.due)", "order": "lowest_first", "attribute": "due"},
        {
            "when": "has(interaction.customer.tier) || size(interaction.langs) > 64",
            "order": "highest_first",
            "attribute": "customer.tier",
        },
    ]
    queue = {"order": "newest_first", "buckets": buckets}
    policy = read_policy(1, POLICY | {"queues": {"general": queue}})
    place = policy.place(Standing("chat", "general", 0, 1_000, lambda: facts))
    assert place.order_key == key_ms
    assert place.fades == (key_ms == -1_000)
    assert policy.queues["general"].match_ppm(1) == 500_000


@pytest.mark.parametrize(
    ("strategy", "pair", "weighed", "tie_break", "turn"),
    [
        ("score", 540_000, True, "longest_idle", 7),
        ("longest_idle", 0, False, "longest_idle", 7),
        ("least_loaded", 500_000, True, "longest_idle", 7),
        ("most_spare_capacity", 70, False, "longest_idle", 7),
        ("round_robin", 0, False, "round_robin", 8),
        ("best_skill", 600_000, True, "longest_idle", 7),
        ("least_adequate_skill", 600_000, True, "longest_idle", 7),
        ("closest_match", 600_000, True, "longest_idle", 7),
        ("match_score", 600_000, True, "longest_idle", 7),
        ("target_share", 0, False, "target_share", 9),
        ("random", 0, False, "random", drawn("ann", 4)),
    ],
)
def test_strategies(strategy: str, pair: int, weighed: bool, tie_break: str, turn: int) -> None:
    policy = read_policy(1, POLICY | {"queues": {"general": {"strategy": strategy}}})
    queue = policy.queues["general"]
    found = queue.pair_ppm(Terms(600_000, 600_000, 500_000, 200_000, scarcity=0, spare=70))
    assert (found, queue.is_weighed) == (pair, weighed)
    assert queue.match_ppm(found) == (pair if weighed else 500_000)
    agent = Agent("ann", idle_since_ms=7, last_offer=8, share_pass=9)
    assert (queue.turn_rule, queue.turn(agent, 4)) == (tie_break, (turn,))


def test_draws_are_the_published_ones() -> None:
    assert drawn("foobar", 0) == _mixed(0x85944171F73967E8)
    assert drawn("", 2) == _mixed(0xCBF29CE484222325 + 2 * 0x9E3779B97F4A7C15)
    # the first number of SplitMix64 from a state of 0
    assert _mixed(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF >> 1


def _mixed(state: int) -> int:
    z = state % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return (z ^ z >> 31) >> 1


def test_an_ordering_puts_attributes_before_idle_time() -> None:
    order_by = [{"attribute": "level", "descending": True}, {"attribute": "jobs"}]
    general = {"strategy": "by_attributes", "order_by": order_by}
    queue = read_policy(1, POLICY | {"queues": {"general": general}}).queues["general"]

    def turn(idle_since_ms: int, **attributes: Any) -> tuple[int, ...]:
        agent = Agent("ann", idle_since_ms=idle_since_ms, attributes=attributes)
        return queue.turn(agent, 1)

    best = turn(9, level=3, jobs=-1)
    others = [
        ("by_attributes", turn(0, level=3, jobs=0)),
        ("by_attributes", turn(0, level=2, jobs=-9)),
        ("by_attributes", turn(0, level="3", jobs=-1)),
        ("by_attributes", turn(0, level=True, jobs=-1)),
        ("by_attributes", turn(0, level=2**53 + 1, jobs=-1)),
        ("by_attributes", turn(0, jobs=-1)),
        ("longest_idle", turn(10, level=3, jobs=-1)),
    ]
    for rule, other in others:
        assert best < other
        assert queue.tie_break(best, other) == rule
    assert queue.tie_break(best, best) == "agent_id"
    assert turn(0) == turn(0, level=0.5, jobs=None)


def test_the_skill_term_of_other_strategies() -> None:
    levels = {"french": 5}
    for held, least, closest in ((3, 700_000, 1_000_000), (5, 500_000, 800_000)):
        skills, need = {"french": held}, (asked(">=", 3),)
        assert skill_term(skills, need, levels, "least_adequate_skill") == least
        assert skill_term(skills, need, levels, "closest_match") == closest
    assert skill_term({"french": 5}, (asked(">", 3),), levels, "closest_match") == 900_000
    assert skill_term({"french": 5}, (asked("!=", 3),), levels, "closest_match") == 1_000_000
    assert skill_term({"french": 2}, (asked(">=", 3),), levels, "closest_match") == 333_333


def test_the_pair_score_weighs_its_terms() -> None:
    policy = read_policy(1, POLICY | {"queues": {"general": {}, "own": {"weights": {"idle": 11}}}})
    terms = Terms(1_000_000, 0, 500_000, 250_000, scarcity=0)
    general, own = policy.queues["general"], policy.queues["own"]
    assert general.pair_ppm(terms) == (4_000_000 + 1_000_000 + 250_000) // 10
    assert own.pair_ppm(terms) == (4_000_000 + 1_000_000 + 2_750_000) // 20
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
        {"queues": {"general": {"order": "fifo"}}},
        {"queues": {"general": {"buckets": [{"order": "urgency"}]}}},
        {"queues": {"general": {"buckets": [{"order": "lowest_first"}]}}},
        {"queues": {"general": {"strategy": "fairest"}}},
        {"queues": {"general": {"ageing_points_per_minute": 0}}},
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


@pytest.mark.parametrize(
    ("times_s", "mean_ms"),
    [
        ([], 0),
        ([0, 1, 2, 3, 4], 0),
        ([0, 1, 2, 3, 4, 9], 1_800),
        ([0, 1, 2, 3, 4, 1_801], 0),
        ([0, 10, 11, 12, 13, 14, 1_805], 1_795_000 // 5),
    ],
)
def test_the_advance_is_the_mean_of_the_last_half_hour(times_s: list[int], mean_ms: int) -> None:
    marks = [Departure(at_s * 1_000, at_s * 1_000, 0) for at_s in times_s]
    assert advance_ms(marks) == mean_ms
