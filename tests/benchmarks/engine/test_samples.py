"""Latencies and the figures made of them, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.engine.kinds import Kind
from benchmarks.engine.samples import Samples, Step, figures_of


def step(*kinds: Kind, us: int, offers: int = 0) -> Step:
    return Step(kinds, us * 1_000, us * 900, us * 100, offers)


def test_percentiles_are_samples_by_nearest_rank() -> None:
    figures = figures_of(np.arange(1, 1_001, dtype=np.int64) * 1_000)
    assert (figures.p50_us, figures.p99_us, figures.p999_us) == (500, 990, 999)
    assert (figures.max_us, figures.mean_us, figures.count) == (1_000, 500.5, 1_000)


def test_one_sample_is_every_percentile_and_none_is_nothing() -> None:
    one = figures_of(np.array([7_000], dtype=np.int64))
    assert (one.p50_us, one.p99_us, one.p999_us, one.max_us) == (7, 7, 7, 7)
    assert figures_of(np.array([], dtype=np.int64)).count == 0


def test_decisions_are_what_is_followed_by_a_choice() -> None:
    samples = Samples()
    for kind in Kind:
        samples.add(step(kind, us=10))
    assert (samples.commands, samples.decisions, samples.steps) == (len(Kind), 3, len(Kind))
    decisions = samples.kinds()[samples.is_decision()].tolist()
    assert decisions == [Kind.ARRIVAL, Kind.RELEASE, Kind.GIVEN_BACK]


def test_each_command_of_a_batch_waits_for_all_of_it_and_time_counts_once() -> None:
    samples = Samples()
    samples.add(step(Kind.ARRIVAL, Kind.ACCEPT, Kind.RELEASE, us=90, offers=2))
    samples.add(step(Kind.ARRIVAL, us=30))
    assert samples.took_ns().tolist() == [90_000, 90_000, 90_000, 30_000]
    assert samples.steps_ns().sum() == 120_000
    assert samples.offers == 2
    assert samples.of_kind(Kind.ARRIVAL).max_us == 90
    assert samples.offered_share(Kind.ARRIVAL) == pytest.approx(0.5)


def test_the_longest_steps_tell_what_they_were() -> None:
    samples = Samples()
    for us in (10, 500, 20, 3_000, 5):
        samples.add(step(Kind.RELEASE if us > 100 else Kind.ACCEPT, us=us))
    longest, second = samples.longest(2)
    assert (longest.us, longest.kind, longest.command) == (3_000, "release", 3)
    assert (longest.collection_us, longest.processor_us) == (300, 2_700)
    assert (second.us, second.command) == (500, 1)
