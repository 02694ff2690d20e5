"""Estimates as words: digits that mean something, units, names."""

from __future__ import annotations

import pytest

from benchmarks.charts.estimates import Estimate, bare, difference, estimate, measure, said


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("service_level[20]", "service level within 20 s"),
        ("late[90]", "waited longer than 90 s"),
        ("late[odd]", "waited longer odd"),
        ("wait_quantile_s[p99]", "wait, p99"),
        ("wait_over_s[60]", "of the served waited longer than 60 s"),
        ("occupancy", "occupancy"),
        ("occupancy[billing]", "occupancy billing"),
        ("some_other", "some other"),
        ("[", "["),
    ],
)
def test_keys_have_names(key: str, heading: str) -> None:
    assert measure(key).heading == heading


def test_a_document_may_name_its_measures() -> None:
    shown = measure("gain", "gain over chance", "share")
    assert (shown.heading, shown.kind, shown.more_is_better) == ("gain over chance", "share", None)
    assert measure("asa_s", "ASA", "s").kind == "seconds"


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        (None, "share", "–"),
        (Estimate(0.8402, 0.0015), "share", "84.02 % ± 0.15"),
        (Estimate(0.8402, 0.0), "share", "84.02 %"),
        (Estimate(1_021.4, 12.3), "count", "1,021 ± 12"),
        (Estimate(14.234, 0.83), "seconds", "14.23 ± 0.83 s"),
        (Estimate(1.2087, 0.0102), "minutes", "1.209 ± 0.010 min"),
        (Estimate(0.7512, 0.0002), "number", "0.75120 ± 0.00020"),
        (Estimate(0.0, 0.0), "number", "0"),
        (Estimate(0.85, 1e-17), "number", "0.850"),
    ],
)
def test_intervals_decide_the_digits(found: Estimate | None, kind: str, words: str) -> None:
    assert said(found, kind) == words


def test_differences_have_a_sign() -> None:
    assert difference(Estimate(-0.02, 0.001), "share") == "−2.00 % ± 0.10"
    assert difference(Estimate(0.5, 0.0), "count") == "+0"
    assert difference(None, "count") == "–"


def test_intervals_can_be_left_out() -> None:
    assert bare(Estimate(0.5, 0.1), "share") == "50.00 %"


def test_an_estimate_without_a_mean_is_none() -> None:
    assert estimate({"a": {"mean": None}}, "a") is None
    assert estimate({"a": {"mean": 1}}, "a") == Estimate(1.0, 0.0)
    assert estimate({}, "a") is None
