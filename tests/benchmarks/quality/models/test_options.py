from __future__ import annotations

import pytest

from adapters.cli.output import UsageError
from benchmarks.quality.models.options import numbers, per_minute, whole_numbers


@pytest.mark.parametrize(
    ("text", "rate"), [("4.2", 4.2), ("4.2/min", 4.2), ("120/h", 2.0), ("0.5/s", 30.0)]
)
def test_rates_are_per_minute(text: str, rate: float) -> None:
    assert per_minute(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "fast", "4/day", "-1", "0/h", "inf", "nan"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no rate"):
        per_minute(text)


def test_lists_are_separated_by_commas() -> None:
    assert numbers("10, 8.5") == (10.0, 8.5)
    assert whole_numbers("48,47", count=2) == (48, 47)


@pytest.mark.parametrize("text", ["", "1,", "a,b", "1,-2", "1,nan"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="positive numbers"):
        numbers(text)


def test_the_count_and_wholeness_are_checked() -> None:
    with pytest.raises(UsageError, match="has 1 numbers; 2 are wanted"):
        numbers("4", count=2)
    with pytest.raises(UsageError, match="whole numbers"):
        whole_numbers("1.5")
