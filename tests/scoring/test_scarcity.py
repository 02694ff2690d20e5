"""Prices of agents' time: by hand, against floating point, and within their bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.scarcity import GROUP_HEADS_MAX, PRICE_MAX, PRICE_STEP, Ints, prices


def ints(*values: object) -> Ints:
    return np.array(values, dtype=np.int64)


def smoothed(fit: Ints, wanted: Ints, heads: Ints, rounds: int) -> list[float]:
    """The same fixed point in floating point, without limits on load."""
    kernel = np.where(fit >= 0, np.exp((fit - fit.max(axis=1, keepdims=True)) / 1e6 / 0.05), 0.0)
    left = np.ones(fit.shape[1])
    for _ in range(rounds):
        spread = wanted / (kernel @ (heads * left))
        left = np.minimum(1.0, 1.0 / (spread @ kernel))
    return [-0.05 * math.log(x) * 1e6 for x in left]


def test_nobody_is_dear_when_nothing_is_asked() -> None:
    assert prices(ints([1_000_000, 500_000]), ints(0), ints(3, 4)).tolist() == [0, 0]


def test_generalists_are_dearer_than_specialists_of_a_skill_that_is_plenty() -> None:
    fit = ints([1_000_000, 1_000_000], [-1, 1_000_000])
    specialist, generalist = prices(fit, ints(36, 6), ints(40, 10)).tolist()
    assert specialist < generalist


def test_they_are_the_smoothed_duals() -> None:
    random = np.random.default_rng(3)
    fit = random.integers(500, 1_001, (6, 40)) * 1_000
    wanted, heads = ints(4, 5, 6, 7, 8, 9), np.ones(40, dtype=np.int64)
    expected = smoothed(fit, wanted, heads, 8)
    assert np.abs(prices(fit, wanted, heads) - expected).max() <= PRICE_STEP


@given(st.data())
def test_any_floor_has_prices_within_bounds(data: st.DataObject) -> None:
    classes, groups = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    cell = st.one_of(st.just(-1), st.integers(0, 1_000_000))
    row = st.lists(cell, min_size=groups, max_size=groups)
    fit = ints(*data.draw(st.lists(row, min_size=classes, max_size=classes)))
    many = st.integers(0, 10**6)
    wanted = ints(*data.draw(st.lists(many, min_size=classes, max_size=classes)))
    most = GROUP_HEADS_MAX // groups
    heads = ints(*data.draw(st.lists(st.integers(1, most), min_size=groups, max_size=groups)))
    found = prices(fit, wanted, heads)
    assert ((found >= 0) & (found <= PRICE_MAX) & (found % PRICE_STEP == 0)).all()
    assert (found[(fit < 0).all(axis=0)] == 0).all()


@pytest.mark.parametrize("factor", [2, 5])
def test_equal_agents_in_one_group_or_in_many(factor: int) -> None:
    fit = ints([1_000_000, 700_000], [600_000, 900_000])
    together = prices(fit, ints(8, 5), ints(6 * factor, 3 * factor))
    apart = prices(np.repeat(fit, factor, axis=1), ints(8, 5), np.repeat(ints(6, 3), factor))
    assert apart.tolist() == np.repeat(together, factor).tolist()
