from __future__ import annotations

import pytest

from benchmarks.surge.facts import FactKind
from benchmarks.surge.series import occupancy_of
from tests.benchmarks.surge.plans import S, facts, here, life, plan, run_of


def test_busy_is_whoever_has_something_in_hand() -> None:
    run = run_of(plan([0]), facts(*here(2), *life(0, 1, 0, 2 * S, 7 * S)))
    assert occupancy_of(run, 0, 10 * S) == pytest.approx(0.25)


def test_who_has_gone_is_at_work_until_it_is_done() -> None:
    went = (FactKind.WENT, 0, 0, 4 * S)
    run = run_of(plan([0]), facts(*here(1), *life(0, 0, 0, 2 * S, 8 * S), went))
    assert occupancy_of(run, 0, 10 * S) == pytest.approx(6 / 8)


def test_nobody_there_is_no_occupancy() -> None:
    assert occupancy_of(run_of(plan([0]), facts()), 0, 10 * S) is None
