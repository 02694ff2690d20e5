from __future__ import annotations

import pytest

from benchmarks.preview.backtest import back_test, tolerated
from benchmarks.preview.comparison import Comparison
from benchmarks.preview.measures import ALL, measures_of
from tests.benchmarks.preview.floors import recorded


def test_a_replay_that_is_just_what_was_holds() -> None:
    was = measures_of(recorded()[1].happened)
    found = back_test(was, [Comparison(was, was, 0, 1)])
    assert found.holds
    assert "within the tolerance" in found.verdict()


def test_what_is_off_is_named_and_not_to_be_trusted() -> None:
    was = measures_of(recorded()[1].happened)
    off = {scope: dict(measures) for scope, measures in was.items()}
    off[ALL]["service_level"] -= 0.05
    found = back_test(was, [Comparison(off, off, 0, 1)])
    assert not found.holds
    assert "do not trust" in found.verdict()
    (fault,) = found.faults()
    assert fault.startswith("overall: service level was 86.5%, and is 81.5%")


def test_few_interactions_are_not_judged_by() -> None:
    assert tolerated("service_level", 0.8, 10_000) == 0.03
    assert tolerated("service_level", 0.5, 500) == pytest.approx(0.0447, abs=0.0001)
    assert tolerated("asa_s", 100.0, 500) == pytest.approx(15.0)
    assert tolerated("asa_s", 1.0, 500) == 2.0
    assert tolerated("service_level", 0.8, 499) is None
    few = {ALL: {"answered": 10.0, "abandoned": 0.0, "service_level": 0.2}}
    assert "too few" in back_test(few, [Comparison(few, few, 0, 1)]).verdict()
