"""The terms of the pair score, by example and by property."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.fit import FULL_PPM
from scoring.terms import (
    HISTORY_STEP_PPM,
    Ints,
    history_term,
    idle_term,
    urgency_term,
)


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_idle_is_one_half_after_the_half_time() -> None:
    idle = idle_term(ints(0, 60_000, 120_000, 999_999), 120_000, 60_000)
    assert idle.tolist() == [666_666, 500_000, 0, 0]


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=20), st.integers(100, 10**8))
def test_idle_never_grows_with_a_later_start(since: list[int], half_ms: int) -> None:
    idle = idle_term(np.array(sorted(since), dtype=np.int64), 2**40, half_ms)
    assert (np.diff(idle) <= 0).all()
    assert (idle >= 0).all()
    assert (idle < FULL_PPM).all()


def test_history_fades_adds_up_and_is_capped() -> None:
    month = 30 * 86_400_000
    assert history_term([(600_000, 0)], month) == 600_000
    assert history_term([(600_000, month)], month) == 300_000
    assert history_term([(600_000, month), (500_000, month)], month) == 550_000
    assert history_term([(1_000_000, 0), (600_000, 0)], month) == FULL_PPM
    assert history_term([(49_999, 0)], month) == 0


@given(st.lists(st.tuples(st.integers(0, FULL_PPM), st.integers(0, 10**12)), max_size=20))
def test_history_is_a_step_between_nothing_and_one(values: list[tuple[int, int]]) -> None:
    term = history_term(values, 86_400_000)
    assert 0 <= term <= FULL_PPM
    assert term % HISTORY_STEP_PPM == 0


@given(st.integers(-(2**20), 2**42), st.integers(1, 2**36), st.integers(0, 10_000))
def test_urgency_is_what_plain_integers_say(waited_ms: int, target_ms: int, weight: int) -> None:
    plain = waited_ms * 1_000_000 // target_ms * weight // 1_000
    if abs(plain) < 2**62:
        assert urgency_term(ints(waited_ms), ints(target_ms), weight).tolist() == [plain]
