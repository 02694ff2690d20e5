from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.models.cross_trained import xmodel
from benchmarks.quality.policies import choices_of, only, policy_for
from router.errors import PolicyError
from router.policy import parse_policy

FILE = """
channels: {chat: {target_s: 60}}
queues:
  first: {}
  second: {targets_s: {chat: 30}, weights: {skill: 9}}
default_queue: second
weights: {idle: 0}
urgency: {weight: 0.1}
"""


def test_what_is_not_named_weighs_nothing() -> None:
    assert only(skill=2.0) == {**dict.fromkeys(only(), 0.0), "skill": 2.0}


def test_a_files_choices_go_into_the_scenarios_policy(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(FILE, encoding="utf-8")
    scenario = xmodel().rows[0].scenario
    policy = parse_policy(policy_for(scenario, choices_of(path)))
    assert set(policy.channels) == {"voice"}
    assert set(policy.skills) == {"type-0", "type-1"}
    assert policy.urgency.weight == 0.1
    assert policy.weights.idle == 0.0
    queue = policy.queues["calls"]
    assert queue.weights is not None
    assert queue.weights.skill == 9.0
    assert not queue.targets_s


def test_the_target_is_the_threshold() -> None:
    scenario = xmodel(threshold=30.0).rows[0].scenario
    assert policy_for(scenario, {})["channels"]["voice"]["target_s"] == 30.0


def test_bad_choices_are_refused(tmp_path: Path) -> None:
    scenario = xmodel().rows[0].scenario
    with pytest.raises(PolicyError):
        policy_for(scenario, {"urgency": {"weight": -1}})
    path = tmp_path / "bad.yaml"
    path.write_text("channels: {}\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        choices_of(path)
