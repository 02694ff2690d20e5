"""The joint assignment against SciPy's and against all that is possible."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from router import limits
from scoring import assignment
from scoring.assignment import CELLS_MAX, VALUE_MAX, assign
from scoring.native.library import is_built

Values = dict[tuple[int, int], int]


@pytest.fixture(params=["numpy", "compiled"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "numpy":
        monkeypatch.setattr(assignment, "is_built", lambda: False)
    elif not is_built():
        pytest.skip("no C compiler at installation")


def by_brute_force(rows: int, columns: int, values: Values) -> tuple[int, int, int, int]:
    """(pairs, sum of values, minus sum of columns, minus sum of rows) of the best assignment."""
    best = (0, 0, 0, 0)
    for choice in product(range(-1, columns), repeat=rows):
        pairs = [(row, column) for row, column in enumerate(choice) if column >= 0]
        taken = [column for _, column in pairs]
        if len(set(taken)) == len(taken) and all(pair in values for pair in pairs):
            sums = (sum(values[p] for p in pairs), -sum(taken), -sum(r for r, _ in pairs))
            best = max(best, (len(pairs), *sums))
    return best


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize("seed", range(150))
def test_most_pairs_then_most_value_then_the_oldest(seed: int) -> None:
    random = Random(seed)
    rows, columns = random.randint(1, 4), random.randint(1, 5)
    values = {
        place: random.choice((-5, 0, 1, 2, 1_000_000))
        for place in product(range(rows), range(columns))
        if random.random() < 0.6
    }
    pairs = assign(rows, columns, values)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    rows_taken, columns_taken = (sum(p[side] for p in pairs) for side in (0, 1))
    worth = sum(values[p] for p in pairs)
    found = (len(pairs), worth, -columns_taken, -rows_taken)
    assert found == by_brute_force(rows, columns, values)


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize(("rows", "columns"), [(1, 300), (40, 60), (60, 40), (100, 100)])
def test_large_ones_have_the_sum_that_scipy_finds(rows: int, columns: int) -> None:
    worth = np.random.default_rng(rows).integers(0, 3_000_000, (rows, columns))
    values = {(int(r), int(c)): int(worth[r, c]) for r, c in np.ndindex(rows, columns)}
    pairs = assign(rows, columns, values)
    assert sum(values[p] for p in pairs) == worth[linear_sum_assignment(worth, maximize=True)].sum()


@pytest.mark.usefixtures("kind")
def test_equal_pairs_go_to_whose_turn_it_is() -> None:
    values = {(row, column): 7 for row in range(3) for column in (0, 1)}
    assert sorted(row for row, _ in assign(3, 2, values)) == [0, 1]


@pytest.mark.usefixtures("kind")
def test_values_past_the_limit_count_alike() -> None:
    values = {(0, 0): VALUE_MAX, (0, 1): 10 * VALUE_MAX}
    assert assign(1, 2, values) == [(0, 0)]


def test_exponential_costs_reach_the_known_optimum() -> None:
    """n × n costs, exponential with mean 1: the optimum is the sum of 1/k² in expectation
    (Parisi 1998), greedy the harmonic number."""
    random = np.random.default_rng(7)
    sums = []
    for _ in range(40):
        cost = random.exponential(1.0, (100, 100))
        values = {
            (int(r), int(c)): -round(float(cost[r, c]) * 1e6) for r, c in np.ndindex(100, 100)
        }
        sums.append(-sum(values[p] for p in assign(100, 100, values)) / 1e6)
    expected = sum(1 / k**2 for k in range(1, 101))
    assert abs(float(np.mean(sums)) - expected) < 4 * float(np.std(sums)) / len(sums) ** 0.5


@given(st.integers(CELLS_MAX + 1, 10 * CELLS_MAX))
def test_more_than_the_limit_is_refused(columns: int) -> None:
    with pytest.raises(ValueError, match="cells"):
        assign(1, columns, {})


def test_the_policy_allows_no_more_than_is_exact() -> None:
    assert limits.JOINT_CELLS_MAX == CELLS_MAX
