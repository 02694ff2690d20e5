from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.chaos.faults import RATES_PER_MINUTE, FaultKind, moments, required


@pytest.mark.parametrize("kind", FaultKind)
def test_a_kind_comes_as_often_as_its_rate_says_and_in_order(kind: FaultKind) -> None:
    per_minute = round(RATES_PER_MINUTE[kind])
    due = list(islice(moments(kind, 2.0, 1), 4 * per_minute))
    assert due == sorted(due)
    assert sum(moment_s < 60 for moment_s in due) == 2 * per_minute
    assert due[-1] < 120


def test_the_seed_decides_when() -> None:
    first, again, other = (
        list(islice(moments(FaultKind.SERVER_KILL, 1.0, seed), 9)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_every_kind_is_due_more_often_than_is_required() -> None:
    assert min(RATES_PER_MINUTE.values()) > required(1.0)


def test_five_a_minute_are_required_and_one_of_a_short_run() -> None:
    assert [required(minutes) for minutes in (0.3, 0.99, 1.0, 1.5, 60)] == [1, 1, 5, 7, 300]
