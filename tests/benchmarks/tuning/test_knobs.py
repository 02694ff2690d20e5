"""Knobs: what may be changed of a policy, and the policy that comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.policies.differences import changes
from benchmarks.tuning.knobs import KNOB_GROUPS, KnobError, knobs_of, nearest, with_settings
from router.policy import parse_policy

POLICY: dict[str, Any] = {
    "channels": {"voice": {}},
    "queues": {
        "plain": {"workflow": "w"},
        "own": {"weights": {"skill": 8, "load": 0}},
        "turns": {"strategy": "round_robin"},
    },
    "default_queue": "plain",
    "skills": {"x": {}},
    "workflows": {"w": {"steps": [{"until_s": 10}, {"until_target": 3}, {}]}},
}


def changed(policy: dict[str, Any]) -> dict[str, Any]:
    before, after = (parse_policy(p).model_dump(mode="json") for p in (POLICY, policy))
    return {each.path: each.after for each in changes(before, after)}


def test_there_are_knobs_for_what_has_an_effect() -> None:
    names = [knob.name for knob in knobs_of(POLICY, KNOB_GROUPS)]
    assert names[:4] == [f"weights.{name}" for name in ("history", "load", "idle", "scarcity")]
    assert "urgency.weight" in names
    assert "queues.own.weights.load" in names
    assert not [name for name in names if name.startswith("queues.turns")]
    assert names[-1] == "workflows.w.steps ×"


def test_a_policy_with_everything_as_it_is_is_the_same() -> None:
    knobs = knobs_of(POLICY, ("weights", "urgency", "steps"))
    assert changed(with_settings(POLICY, knobs, [knob.now for knob in knobs])) == {}
    assert all(knob.values[nearest(knob)] == knob.now for knob in knobs)


@pytest.mark.parametrize(
    ("group", "name", "value", "told"),
    [
        ("weights", "weights.load", 0.0, {"weights.load": 0.0}),
        ("urgency", "urgency.weight", 0.02, {"urgency.weight": 0.02}),
        (
            "steps",
            "workflows.w.steps ×",
            2.0,
            {
                "workflows.w.steps[0].until_s": 20.0,
                "workflows.w.steps[1].until_target": 6.0,
            },
        ),
    ],
)
def test_a_knob_changes_what_it_says(
    group: Any, name: str, value: float, told: dict[str, Any]
) -> None:
    knobs = knobs_of(POLICY, (group,))
    values = [value if knob.name == name else knob.now for knob in knobs]
    assert changed(with_settings(POLICY, knobs, values)) == told
    assert "weights" not in POLICY


def test_a_queue_gets_all_five_weights() -> None:
    knobs = knobs_of(POLICY, ("queues",))
    tuned = with_settings(POLICY, knobs, [knob.now for knob in knobs])
    assert set(tuned["queues"]["plain"]["weights"]) == {
        *("skill", "history", "load", "idle", "scarcity")
    }
    assert parse_policy(tuned).queues["own"].weights == parse_policy(POLICY).queues["own"].weights


def test_every_setting_makes_a_valid_policy() -> None:
    knobs = knobs_of(POLICY, KNOB_GROUPS)
    for place in range(max(len(knob.values) for knob in knobs)):
        values = [knob.values[min(place, len(knob.values) - 1)] for knob in knobs]
        parse_policy(with_settings(POLICY, knobs, values))


def test_where_nothing_can_be_tuned() -> None:
    turns = POLICY | {"queues": {"turns": {"strategy": "round_robin"}}, "default_queue": "turns"}
    with pytest.raises(KnobError, match="nothing of this policy"):
        knobs_of(turns, ("weights", "urgency", "queues"))
    many: dict[str, Any] = {f"q{number}": {} for number in range(20)}
    with pytest.raises(KnobError, match="more than 60"):
        knobs_of(POLICY | {"queues": many, "default_queue": "q0"}, ("queues",))
