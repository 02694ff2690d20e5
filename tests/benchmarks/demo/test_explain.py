from __future__ import annotations

from typing import Any

import pytest

from benchmarks.demo.explain import contenders, explain, spoken_duration

POLICY: dict[str, Any] = {
    "channels": {"voice": {"target_s": 30}, "chat": {}},
    "queues": {
        "billing": {},
        "technical": {"targets_s": {"voice": 20}},
        "vip": {"weights": {"skill": 0, "history": 1, "load": 0, "idle": 0}},
    },
    "weights": {"skill": 4, "history": 4, "load": 1, "idle": 1},
}


def offer(*best: list[Any], **decision: Any) -> dict[str, Any]:
    record = {
        "trigger": "interaction",
        "policy_version": 1,
        "urgency_ppm": 0,
        "logged_in": 60,
        "not_available": 3,
        "lacking_skill": 20,
        "no_capacity": 35,
        "excluded": 0,
        "candidates": 2,
        "best": list(best),
        **decision,
    }
    return {
        "type": "offer_issued",
        "offer_id": "o-1",
        "interaction_id": "i-1",
        "agent_id": best[0][0],
        "decision": record,
    }


def created(**fields: Any) -> dict[str, Any]:
    return {
        "interaction_id": "i-1",
        "channel": "voice",
        "queue": "billing",
        "origin_ms": 0,
        "customer_id": "c-1",
        **fields,
    }


ADA = ["ada", 680_000, 700_000, 600_000, 1_000_000, 600_000]
BEN = ["ben", 560_000, 900_000, 0, 1_000_000, 1_000_000]


def test_it_says_who_got_what_and_why() -> None:
    told = explain(offer(ADA, BEN), created(), POLICY, now_ms=2_000)
    assert (
        told.who
        == "i-1 (voice, billing) of customer c-1 was offered to ada after 2 s (target 30 s)."
    )
    assert told.why == (
        "Knowing the customer (+0.24) put ada ahead of ben, in spite of skill (-0.08) and "
        "idle (-0.04)."
    )
    assert told.others == (
        "Of 60 agents 2 could take it; the others were 3 not available, 35 with their hands full "
        "or not on this channel, 20 without the skills asked."
    )
    assert told.lines[1] == "  ada  0.68  =  skill 0.70  history 0.60  load 1.00  idle 0.60"


def test_the_clock_may_be_compressed() -> None:
    fast = {**POLICY, "channels": {"voice": {"target_s": 30 / 90}}}
    told = explain(offer(ADA, BEN), created(), fast, now_ms=1_000, speed=90.0)
    assert "after 1 min 30 s (target 30 s)" in told.who


def test_requirements_are_named_with_their_levels() -> None:
    asked = [
        {"skill": "billing"},
        {"skill": "spanish", "level": 3},
        {"skill": "tariffs", "op": "between", "level": 2, "level_max": 4},
        {"skill": "calm", "level": 4, "hard": False},
    ]
    told = explain(offer(ADA), created(requirements=asked, priority=2), POLICY, now_ms=0)
    assert told.who == (
        "i-1 (voice, billing, priority 2) of customer c-1, asking billing and spanish 3+ and "
        "tariffs 2 to 4, better calm 4+, was offered to ada at once (target 30 s)."
    )


def test_weights_and_targets_are_the_queues_own() -> None:
    (ada,) = contenders(offer(ADA), "vip", POLICY)
    assert ada.part("history") == pytest.approx(0.6)
    assert ada.part("skill") == 0
    told = explain(offer(ADA), created(queue="technical"), POLICY, now_ms=0)
    assert "(target 20 s)" in told.who


def test_a_policy_that_leaves_weights_and_target_out_has_the_defaults() -> None:
    bare: dict[str, Any] = {"channels": {"voice": {}}, "queues": {"billing": {}}}
    (ada,) = contenders(offer(ADA), "billing", bare)
    assert ada.part("skill") == pytest.approx(0.7 * 4 / 10)
    assert "(target 1 min)" in explain(offer(ADA), created(), bare, now_ms=0).who


def test_strategies_name_the_terms_that_count() -> None:
    queues = {"billing": {"strategy": "least_loaded"}, "vip": {"strategy": "most_spare_capacity"}}
    policy = {**POLICY, "queues": queues}
    (ada,) = contenders(offer(ADA), "billing", policy)
    assert ada.part("load") == pytest.approx(1.0)
    assert ada.part("skill") == 0
    ben = [*BEN[:4], 500_000, *BEN[5:]]
    told = explain(offer(ADA, ben), created(), policy, now_ms=0)
    assert told.why == "More free capacity (+0.50) put ada ahead of ben."
    told = explain(offer(ADA, ben), created(queue="vip"), policy, now_ms=0)
    assert told.why == "More free units put ada ahead of ben."


def test_the_only_candidate_needs_no_comparison() -> None:
    told = explain(offer(ADA, candidates=1), created(), POLICY, now_ms=0)
    assert told.why == ""
    assert told.others.startswith("Nobody else could take it: of 60 agents 3 not available, 35")


@pytest.mark.parametrize(
    ("tie_break", "words"),
    [
        ("longest_idle", "idle for longest"),
        ("round_robin", "whose last offer lies further back"),
        ("target_share", "further behind their share"),
        ("random", "whom the draw names"),
        ("by_attributes", "first by their attributes"),
        ("agent_id", "first by name"),
    ],
)
def test_ties_are_told(tie_break: str, words: str) -> None:
    told = explain(offer(ADA, ["eve", *ADA[1:]], tie_break=tie_break), created(), POLICY, now_ms=0)
    assert told.why == f"ada and eve are level; the one {words} wins."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.3, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min")],
)
def test_durations_are_spoken(seconds: float, words: str) -> None:
    assert spoken_duration(seconds) == words


def test_several_reasons_are_listed() -> None:
    eve = ["eve", 500_000, 500_000, 300_000, 500_000, 100_000]
    told = explain(offer(ADA, eve), created(), POLICY, now_ms=0)
    assert told.why == (
        "Knowing the customer (+0.12), a better skill fit (+0.08), more free capacity (+0.05) and "
        "a longer time without work (+0.05) put ada ahead of eve."
    )
