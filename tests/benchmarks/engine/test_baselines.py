"""The baselines do the same work: the very bytes of the measured run's journal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.engine.baselines import OtherJournal, measure_baselines
from benchmarks.engine.measuring import Measured, measure
from benchmarks.engine.options import Options
from benchmarks.engine.setting import Setting, set_up
from benchmarks.engine.tape import RecordingMatcher, ReplayMatcher, packed, unpacked
from router.matcher import Matcher

QUIET = Console(file=io.StringIO())
SMALL = Options(agents=60, waiting=400, classes=20, decisions=600)


def floor(options: Options, kind: type[Matcher]) -> Setting:
    return set_up(options, QUIET, kind)[0]


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(floor(SMALL, RecordingMatcher), QUIET)


def test_scan_and_replay_write_the_measured_run_s_records(measured: Measured) -> None:
    setting = floor(SMALL, ReplayMatcher)
    baselines = measure_baselines(setting, measured, QUIET)
    assert isinstance(setting.matcher, ReplayMatcher)
    together = baselines.scan.commands + baselines.replayed.commands
    assert together == measured.samples.commands
    assert 0 < baselines.first_replayed < 0.25 * together
    kinds = measured.samples.kinds().tolist()
    assert [*baselines.scan.kinds(), *baselines.replayed.kinds()] == kinds
    assert baselines.scan.offers + baselines.replayed.offers == measured.samples.offers


def test_a_floor_with_other_traffic_is_noticed(measured: Measured) -> None:
    other = Options(agents=60, waiting=400, classes=20, decisions=600, seed=2)
    with pytest.raises(OtherJournal, match="another record"):
        measure_baselines(floor(other, ReplayMatcher), measured, QUIET)


def test_another_choice_is_noticed() -> None:
    tampered = measure(floor(SMALL, RecordingMatcher), QUIET)
    choices = tampered.recording._choices
    place = max(
        place
        for place, data in enumerate(choices)
        if any(isinstance(choice, str) for choice in unpacked(data))
    )
    choices[place] = packed([None])  # the agent found nothing
    with pytest.raises(OtherJournal, match="ReplayMatcher wrote another record"):
        measure_baselines(floor(SMALL, ReplayMatcher), tampered, QUIET)


def test_without_baselines_nothing_is_recorded() -> None:
    options = Options(agents=60, waiting=400, classes=20, decisions=100, baselines=False)
    assert len(measure(floor(options, Matcher), QUIET).recording) == 0
