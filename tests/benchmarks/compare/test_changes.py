"""The arithmetic of a comparison, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.compare.changes import Change, changes, other_work, same_machine

OLD: dict[str, Any] = {
    "decisions_per_second": 10_000.0,
    "p99_us": 200.0,
    "bytes_per_waiting": 1_000.0,
    "null_decisions_per_second": 20_000.0,
    "scan_decisions_per_second": 50.0,
    "noise": {"decisions_per_second": 0.01, "p99_us": 0.0},
    "options": {"agents": 10, "seconds": 5.0},
    "environment": {"cpu": "one", "cores": 2},
}


def one(metric: str, new: dict[str, Any], *, normalise: bool = False) -> Change:
    found = changes("row", OLD, {**OLD, **new}, normalise=normalise)
    return next(change for change in found if change.metric == metric)


@pytest.mark.parametrize(
    ("metric", "value", "gain", "outcome"),
    [
        ("decisions_per_second", 12_000.0, 1.2, "better"),
        ("decisions_per_second", 8_000.0, 0.8, "worse"),
        ("decisions_per_second", 10_300.0, 1.03, "same"),
        ("p99_us", 100.0, 2.0, "better"),
        ("p99_us", 400.0, 0.5, "worse"),
        ("p99_us", 210.0, 200 / 210, "same"),
        ("bytes_per_waiting", 800.0, 1.25, "better"),
    ],
)
def test_a_gain_above_one_is_better(metric: str, value: float, gain: float, outcome: str) -> None:
    change = one(metric, {metric: value})
    assert change.gain == pytest.approx(gain)
    assert change.outcome == outcome


def test_baselines_take_the_machine_out() -> None:
    faster = {
        "decisions_per_second": 20_000.0,
        "null_decisions_per_second": 40_000.0,
        "scan_decisions_per_second": 100.0,
    }
    change = one("decisions_per_second", faster, normalise=True)
    assert (change.gain, change.by_null, change.by_scan) == (2.0, 1.0, 1.0)
    assert (change.decisive, change.outcome) == (1.0, "same")
    change = one("p99_us", {**faster, "p99_us": 100.0}, normalise=True)
    assert (change.by_scan, change.outcome) == (1.0, "same")
    change = one("bytes_per_waiting", {**faster, "bytes_per_waiting": 500.0}, normalise=True)
    assert (change.by_scan, change.outcome) == (None, "better")


def test_noise_is_three_standard_errors_of_both() -> None:
    noisy = {"decisions_per_second": 11_000.0, "noise": {"decisions_per_second": 0.05}}
    change = one("decisions_per_second", noisy)
    assert change.noise == pytest.approx(3 * (0.01**2 + 0.05**2) ** 0.5)
    assert change.outcome == "same"


def test_what_only_one_report_has_is_left_out() -> None:
    without = {key: value for key, value in OLD.items() if key != "p99_us"}
    assert "p99_us" not in {change.metric for change in changes("r", OLD, without, normalise=False)}


def test_other_options_are_other_work_but_not_other_lengths() -> None:
    new = {**OLD, "options": {"agents": 20, "seconds": 10.0, "batch": 1}}
    assert other_work(OLD, new) == {"agents": (10, 20), "batch": (None, 1)}


def test_a_machine_is_its_processor_and_cores() -> None:
    assert same_machine(OLD, OLD)
    assert not same_machine(OLD, {**OLD, "environment": {"cpu": "one", "cores": 4}})
