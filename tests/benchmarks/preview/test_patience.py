from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.preview.cases import Case
from benchmarks.preview.patience import LEFT_MIN, Patience, survival_of


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    # the classic example: who leaves at 6 (three of 21), 7, 10, 13, 16, 22 and 23 weeks
    waits = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    left = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = survival_of(np.array(waits, dtype=np.float64), np.array(left, dtype=np.bool_))
    assert curve.times_ms == [6, 7, 10, 13, 16, 22, 23]
    known = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.shares == pytest.approx(known, abs=0.001)
    assert curve.rate == pytest.approx(9 / sum(waits))


def test_what_is_drawn_follows_the_curve_beyond_the_wait_that_was_seen() -> None:
    draws = np.random.default_rng(1)
    patience = draws.exponential(100.0, 20_000)
    served = draws.exponential(150.0, 20_000)
    curve = survival_of(np.minimum(patience, served), patience < served)
    found = np.array([curve.drawn_ms(50.0, u) for u in draws.random(20_000)])
    assert found.min() >= 50.0
    assert found.mean() - 50.0 == pytest.approx(100.0, rel=0.03)  # it has no memory
    assert float(np.mean(found > 150.0)) == pytest.approx(math.exp(-1.0), abs=0.015)


def case(number: int, *, waited_ms: int, left: bool, queue: str = "sales") -> Case:
    gave_up_ms = 1_000 + waited_ms if left else -1
    return Case(
        f"i-{number}", 1_000, "voice", queue, "", gave_up_ms=gave_up_ms, waited_ms=waited_ms
    )


def test_who_left_had_just_that_patience_whatever_is_drawn() -> None:
    cases = [case(n, waited_ms=10 * n, left=True) for n in range(1, 50)]
    patience = Patience(cases)
    assert [patience.drawn_ms(cases[7], u) for u in (0.0, 0.5, 0.99)] == [80.0] * 3


def test_a_queue_with_few_who_left_takes_the_curve_of_its_channel() -> None:
    often = [case(n, waited_ms=1_000, left=True) for n in range(LEFT_MIN)]
    seldom = [case(n, waited_ms=9_000, left=True, queue="rare") for n in range(LEFT_MIN - 1)]
    served = case(999, waited_ms=10, left=False, queue="rare")
    patience = Patience([*often, *seldom, served])
    assert patience.drawn_ms(served, 0.0) == 1_000.0
    assert patience.curves == 2


def test_where_nobody_left_nobody_will() -> None:
    served = [case(n, waited_ms=5_000, left=False) for n in range(100)]
    assert Patience(served).drawn_ms(served[0], 0.9) == math.inf
