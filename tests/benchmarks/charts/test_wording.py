"""Numbers as a reader takes them in."""

from __future__ import annotations

import pytest

from benchmarks.charts import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.0123, "0.012"),
        (0.00012, "0.00012"),
        (0.9, "0.900"),
        (1.389, "1.39"),
        (12.34, "12.3"),
        (20.0, "20"),
        (123.4, "123"),
        (12_345.6, "12,346"),
        (-2.5, "-2.50"),
    ],
)
def test_numbers_keep_three_digits(value: float | None, words: str) -> None:
    assert wording.rounded(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (0.0, "0 s"),
        (0.02, "20 ms"),
        (1.5, "1.50 s"),
        (20.0, "20 s"),
        (900.0, "15 min"),
        (14_400.0, "4 h"),
    ],
)
def test_lengths_of_time_choose_their_unit(value: float | None, words: str) -> None:
    assert wording.seconds(value) == words


def test_units_follow_their_numbers() -> None:
    assert wording.ms(4.47) == "4.47 ms"
    assert wording.ms(12_345.0) == "12.3 s"
    assert wording.percent(0.8721) == "87.2 %"
    assert wording.times(1.554) == "1.55 ×"
    assert wording.count(42_963.0) == "42,963"
    assert {f(None) for f in (wording.ms, wording.percent, wording.times, wording.count)} == {"–"}


def test_values_of_any_kind_are_told() -> None:
    found = {"a": [1, 2.5], "b": None, "c": True, "d": []}
    assert wording.value(found) == "a 1, 2.500, b –, c yes, d –"
    assert wording.value("words") == "words"
    assert wording.value(1_000) == "1,000"


def test_titles_begin_with_a_capital() -> None:
    assert wording.capital("mean wait") == "Mean wait"
    assert wording.capital("") == ""
