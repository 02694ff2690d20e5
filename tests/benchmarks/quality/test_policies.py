from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality.policies import (
    choices_of,
    held_out,
    only,
    policy_for,
    with_choices,
)
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
SKILLS = ("type-0", "type-1")


def test_what_is_not_named_weighs_nothing() -> None:
    assert only(skill=2.0) == {**dict.fromkeys(only(), 0.0), "skill": 2.0}


def test_a_files_choices_go_into_a_models_policy(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text(FILE, encoding="utf-8")
    policy = parse_policy(policy_for(SKILLS, 5, 20.0, choices_of(path)))
    assert set(policy.channels) == {"voice"}
    assert set(policy.skills) == {"type-0", "type-1"}
    assert policy.urgency.weight == 0.1
    assert policy.weights.idle == 0.0
    queue = policy.queues["calls"]
    assert queue.weights is not None
    assert queue.weights.skill == 9.0
    assert not queue.targets_s


def test_the_target_is_the_threshold() -> None:
    assert policy_for(SKILLS, 5, 30.0, {})["channels"]["voice"]["target_s"] == 30.0


def test_a_choice_for_the_queue_is_for_every_queue() -> None:
    document = {"channels": {"voice": {}}, "queues": {"a": None, "b": {"targets_s": {"voice": 9}}}}
    found = with_choices(document, {"queue": {"strategy": "round_robin"}})["queues"]
    assert found["a"] == {"strategy": "round_robin"}
    assert found["b"] == {"targets_s": {"voice": 9}, "strategy": "round_robin"}


def test_a_level_is_held_out_for_and_then_lowered_to_anything() -> None:
    policy = parse_policy(policy_for(SKILLS, 100, 20.0, held_out(SKILLS, 12.0)))
    first, last = policy.workflows["better"].steps
    assert first.until_s == 12.0
    assert last.lower == {"type-0": 100, "type-1": 100}


def test_bad_choices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        policy_for(SKILLS, 5, 20.0, {"urgency": {"weight": -1}})
    path = tmp_path / "bad.yaml"
    path.write_text("channels: {}\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        choices_of(path)
