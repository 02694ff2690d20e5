"""Goals of service levels, by the objectives of a policy."""

from __future__ import annotations

from typing import Any

from adapters.wallboard.goals import LevelGoals

OBJECTIVES: dict[str, Any] = {
    "all": {"measure": "service_level", "target": 0.7},
    "calls": {"measure": "service_level", "channel": "voice", "target": 0.8},
    "calls-more": {"measure": "service_level", "channel": "voice", "target": 0.85},
    "billing": {"measure": "service_level", "queue": "billing", "target": 0.9},
    "billing-mails": {
        "measure": "service_level",
        "queue": "billing",
        "channel": "email",
        "target": 0.95,
    },
    "other": {"measure": "abandonment", "queue": "sales", "target": 0.05},
    "odd": {"measure": "service_level", "queue": "sales", "target": 0.5, "want": "at_most"},
}


def test_the_nearest_goal_counts_and_of_several_the_highest() -> None:
    goals = LevelGoals({"objectives": OBJECTIVES})
    assert goals.of() == 0.7
    assert goals.of("sales") == 0.7
    assert goals.of("billing") == 0.9
    assert goals.of(None, "voice") == 0.85
    assert goals.of("billing", "email") == 0.95
    assert goals.of("billing", "voice") == 0.9
    assert goals.of("sales", "voice") == 0.85


def test_a_policy_may_state_none() -> None:
    assert LevelGoals({}).of("billing") is None
    assert LevelGoals({"objectives": None}).of() is None
