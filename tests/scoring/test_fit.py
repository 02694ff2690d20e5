"""One requirement and one level: satisfied or not, and how well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.fit import FULL_PPM, HALF_PPM, Demand, FitTables, Formula, requirement_fit

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "between")


def demand(op: str, level: int, *, level_max: int = 0, levels: int = 5) -> Demand:
    return Demand("german", op, level, level_max, hard=True, weight=1, levels=levels)


@pytest.mark.parametrize(
    ("op", "level", "level_max", "satisfied_by"),
    [
        ("=", 3, 0, {3}),
        ("!=", 3, 0, {0, 1, 2, 4, 5}),
        ("<", 3, 0, {0, 1, 2}),
        ("<=", 3, 0, {0, 1, 2, 3}),
        (">", 3, 0, {4, 5}),
        (">=", 3, 0, {3, 4, 5}),
        ("between", 2, 4, {2, 3, 4}),
    ],
)
def test_operators(op: str, level: int, level_max: int, satisfied_by: set[int]) -> None:
    asked = demand(op, level, level_max=level_max)
    assert {held for held in range(6) if requirement_fit(asked, held)[0]} == satisfied_by


@pytest.mark.parametrize(
    ("op", "level", "held", "score"),
    [
        (">=", 1, 1, 600_000),
        (">=", 1, 5, 1_000_000),
        (">=", 4, 3, 375_000),
        (">=", 4, 0, 0),
        (">", 3, 3, 375_000),
        ("=", 3, 4, 0),
        ("<", 3, 0, 500_000),
        (">=", 1, 9, 1_000_000),
    ],
)
def test_scores(op: str, level: int, held: int, score: int) -> None:
    assert requirement_fit(demand(op, level), held)[1] == score


@given(
    op=st.sampled_from(OPERATORS),
    level=st.integers(0, 100),
    spread=st.integers(0, 100),
    levels=st.integers(1, 100),
    held=st.integers(0, 100),
    formula=st.sampled_from(("highest", "least", "closest", "logistic")),
)
def test_satisfied_always_beats_unsatisfied(
    op: str, level: int, spread: int, levels: int, held: int, formula: Formula
) -> None:
    asked = demand(op, level, level_max=min(100, level + spread), levels=levels)
    satisfied, score = requirement_fit(asked, held, formula)
    assert 0 <= score <= FULL_PPM
    assert score >= HALF_PPM if satisfied else score < HALF_PPM


@given(op=st.sampled_from(OPERATORS), level=st.integers(0, 100), levels=st.integers(1, 100))
def test_tables_say_what_the_formula_says(op: str, level: int, levels: int) -> None:
    tables = FitTables()
    for other in range(20):
        tables.row(demand(">=", other))
    asked = demand(op, level, level_max=100, levels=levels)
    row = tables.row(asked)
    assert row == tables.row(asked._replace(skill="french", hard=False, weight=7))
    for held in range(101):
        expected = requirement_fit(asked, held)
        assert (bool(tables.satisfied[row, held]), int(tables.score[row, held])) == expected


@pytest.mark.parametrize(
    ("formula", "op", "level", "held", "score"),
    [
        ("least", ">=", 1, 1, 900_000),
        ("least", ">=", 1, 5, 500_000),
        ("least", ">=", 1, 9, 500_000),
        ("least", "<", 3, 0, 1_000_000),
        ("least", ">=", 4, 3, 375_000),
        ("closest", ">=", 3, 3, 1_000_000),
        ("closest", ">=", 3, 5, 800_000),
        ("closest", ">", 3, 4, 1_000_000),
        ("closest", ">", 3, 5, 900_000),
        ("closest", ">=", 0, 100, 500_000),
        ("closest", "between", 3, 3, 1_000_000),
        ("closest", "!=", 3, 5, 1_000_000),
        ("closest", ">=", 4, 3, 375_000),
        ("logistic", ">=", 10, 10, 500_000),
        ("logistic", ">=", 10, 15, 622_459),
        ("logistic", "<=", 10, 9, 524_979),
        ("logistic", ">", 10, 10, 499_999),
        ("logistic", ">=", 0, 0, 500_000),
        ("logistic", ">=", 0, 1, 1_000_000),
        ("logistic", "<=", 0, 1, 0),
        ("logistic", "=", 3, 3, 1_000_000),
        ("logistic", "!=", 3, 3, 0),
    ],
)
def test_scores_of_other_formulas(
    formula: Formula, op: str, level: int, held: int, score: int
) -> None:
    assert requirement_fit(demand(op, level, level_max=4), held, formula)[1] == score


def test_tables_of_different_formulas_stand_apart() -> None:
    tables = FitTables()
    formulas: tuple[Formula, ...] = ("highest", "least", "closest")
    rows = [tables.row(demand(">=", 2), formula) for formula in formulas]
    assert len(set(rows)) == 3
    assert [int(tables.score[row, 3]) for row in rows] == [800_000, 700_000, 900_000]
