"""Kinds of work and agents are told apart together, also where hardly anybody does both."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.preview.effects import Design, effects_of

SIGMA = 0.6


def floor(each: int, *, know_groups: bool = True) -> tuple[np.ndarray, Design, np.ndarray]:
    """Twelve callers who are slow, twelve writers who are quick, six who do both: what all of them
    took, what it was of, and the true effects."""
    draws = np.random.default_rng(7)
    effects = np.repeat([0.2, -0.2, 0.0], [12, 12, 6]) + 0.05 * draws.standard_normal(30)
    group_of = np.repeat([0, 1, 2], [12, 12, 6]) if know_groups else np.zeros(30, dtype=np.int64)
    agent_of = np.repeat(np.arange(30), each)
    own = np.repeat([0, 1, 0], [12 * each, 12 * each, 6 * each])
    kind_of = np.where(agent_of >= 24, np.arange(len(agent_of)) % 2, own)
    logs = np.array([5.0, 6.0])[kind_of] + effects[agent_of]
    logs += SIGMA * draws.standard_normal(len(logs))
    return logs, Design(kind_of, agent_of, group_of), effects


def test_who_does_one_kind_only_is_known_by_those_who_do_both() -> None:
    logs, design, _ = floor(200)
    found = effects_of(logs, design)
    assert found[:12].mean() - found[12:24].mean() == pytest.approx(0.4, abs=0.08)
    assert found[24:].mean() == pytest.approx(found[:24].mean(), abs=0.08)


def test_those_alike_are_shrunk_to_each_other() -> None:
    logs, design, effects = floor(40)
    found = effects_of(logs, design)
    assert found[:12].std() < 0.1, "so little tells no single agent from the others"
    error = float(np.abs(found - effects).mean())
    alone, unknown, _ = floor(40, know_groups=False)
    assert error < float(np.abs(effects_of(alone, unknown) - effects).mean())


def test_one_time_is_no_reason_to_fail() -> None:
    one = np.zeros(1, dtype=np.int64)
    assert effects_of(np.array([5.0]), Design(one, one, one)).tolist() == [0.0]
    two = Design(np.zeros(2, dtype=np.int64), np.arange(2), np.zeros(2, dtype=np.int64))
    assert np.isfinite(effects_of(np.array([5.0, 5.0]), two)).all()
