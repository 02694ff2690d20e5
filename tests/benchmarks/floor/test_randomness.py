from __future__ import annotations

from statistics import fmean, median

import pytest

from benchmarks.floor.randomness import Duration, random_stream, weighted_choice


def test_streams_differ_by_seed_and_name_and_repeat() -> None:
    draws = {
        random_stream(seed, name).random() for seed in (1, 2) for name in ("a", "b") for _ in "xy"
    }
    assert len(draws) == 4


def test_durations_have_the_median_and_the_mean_they_say() -> None:
    duration = Duration(200.0, 0.5)
    random = random_stream(1, "durations")
    draws = [duration.draw(random) for _ in range(20_000)]
    assert median(draws) == pytest.approx(200.0, rel=0.03)
    assert fmean(draws) == pytest.approx(duration.mean_s, rel=0.03)


def test_choices_follow_their_weights() -> None:
    random = random_stream(1, "choices")
    drawn = [weighted_choice(random, {"a": 3.0, "b": 1.0, "never": 0.0}) for _ in range(4_000)]
    assert drawn.count("a") / 4_000 == pytest.approx(0.75, abs=0.03)
    assert "never" not in drawn
