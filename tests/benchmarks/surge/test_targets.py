from __future__ import annotations

import pytest
from pydantic import ValidationError

from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.live import TargetAsked, live_of
from benchmarks.surge.targets import figure_at, judged
from tests.benchmarks.surge.test_report import SCENARIO

DOCUMENT = {"matching_latency_ms": {"p99": 7.5}, "lost": 0, "valid": True, "drain_s": None}


def test_figures_are_found_by_their_path() -> None:
    assert figure_at(DOCUMENT, "matching_latency_ms.p99") == 7.5
    assert figure_at(DOCUMENT, "lost") == 0
    assert figure_at(DOCUMENT, "lost.p99") is None
    assert figure_at(DOCUMENT, "drain_s") is None


@pytest.mark.parametrize(
    ("target", "is_met", "bound"),
    [
        (TargetAsked(figure="matching_latency_ms.p99", at_most=7.5), True, "≤ 7.5"),
        (TargetAsked(figure="matching_latency_ms.p99", at_most=7), False, "≤ 7"),
        (TargetAsked(figure="matching_latency_ms.p99", at_least=7), True, "≥ 7"),
        (TargetAsked(figure="drain_s", at_most=7), False, "≤ 7"),
    ],
)
def test_what_was_not_measured_is_not_met(target: TargetAsked, is_met: bool, bound: str) -> None:
    (found,) = judged(DOCUMENT, [target])
    assert (found["met"], found["target"]) == (is_met, bound)


def test_a_target_has_one_bound() -> None:
    with pytest.raises(ValidationError, match="one of at_most, at_least"):
        TargetAsked(figure="lost")


def test_what_is_wrong_about_playing_it_is_told_by_its_path() -> None:
    scenario = read_scenario({**SCENARIO, "live": {"compresion": 3}})
    with pytest.raises(ScenarioError, match=r"live\.compresion"):
        live_of(scenario)
