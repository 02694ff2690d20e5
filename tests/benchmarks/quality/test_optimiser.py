from __future__ import annotations

import pytest

from benchmarks.quality.optimiser import optimise
from benchmarks.simulator.estimates import check


def test_known_costs_are_exact() -> None:
    joint, greedy = optimise(size=100, rounds=2, seed=1)
    assert joint.known.value == pytest.approx(1.634984, abs=5e-7)
    assert greedy.known.value == pytest.approx(5.187378, abs=5e-7)


def test_measured_costs_agree_and_together_is_cheaper() -> None:
    joint, greedy = optimise(size=30, rounds=60, seed=2)
    assert check(joint.measured, joint.known).holds
    assert check(greedy.measured, greedy.known).holds
    assert joint.measured.mean < greedy.measured.mean
