"""The terms of the pair score, by example and by property."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.fit import FULL_PPM
from scoring.terms import (
    HISTORY_STEP_PPM,
    Ints,
    PairWeights,
    history_term,
    idle_term,
    load_term,
    pair_score,
)


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def test_load_is_the_free_share() -> None:
    load = load_term(ints(100, 100, 100, 3), ints(0, 30, 100, 1))
    assert load.tolist() == [1_000_000, 700_000, 0, 666_666]


def test_load_of_the_overloaded_is_zero() -> None:
    # an agent whose capacity was lowered below the work in hand
    assert load_term(ints(50), ints(80)).tolist() == [0]


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


def test_pair_score_is_the_weighted_mean() -> None:
    weights = PairWeights(skill=4_000, history=3_000, load=2_000, idle=1_000)
    score = pair_score(weights, ints(1_000_000), ints(0), ints(500_000), ints(333_333))
    assert score.tolist() == [(4_000_000_000 + 1_000_000_000 + 333_333_000) // 10_000]


@given(
    st.tuples(*[st.integers(0, 1_000_000)] * 4).filter(any),
    st.tuples(*[st.integers(0, FULL_PPM)] * 4),
)
def test_pair_score_stays_between_its_terms(
    weights: tuple[int, int, int, int], terms: tuple[int, int, int, int]
) -> None:
    score = int(pair_score(PairWeights(*weights), *(ints(term) for term in terms))[0])
    counted = [term for term, weight in zip(terms, weights, strict=True) if weight]
    assert min(counted) <= score <= max(counted)
