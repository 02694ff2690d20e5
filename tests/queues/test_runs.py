"""Sorted runs against a sorted list, over many sizes and patterns of use."""

from __future__ import annotations

import random
from bisect import bisect_left, insort

import pytest

from queues.runs import RUN_MAX, SortedRuns


@pytest.mark.parametrize("most", [10, 300, 6 * RUN_MAX])
@pytest.mark.parametrize("at_the_ends", [0.0, 0.5, 1.0])
def test_it_is_a_sorted_list(most: int, at_the_ends: float) -> None:
    chance = random.Random(7)
    found: SortedRuns[int] = SortedRuns()
    model: list[int] = []
    growing = True
    for step in range(4 * most):
        growing = len(model) < most if growing else len(model) < most // 20
        if not model or chance.random() < (0.9 if growing else 0.1):
            item = step if chance.random() < at_the_ends else chance.randrange(4 * most)
            found.add(item)
            insort(model, item)
        else:
            item = model[0] if chance.random() < at_the_ends else chance.choice(model)
            found.remove(item)
            del model[bisect_left(model, item)]
        assert found.head() == (model[0] if model else None)
        assert len(found) == len(model)
        if step % (most // 2) == 0:
            assert list(found) == model
    assert list(found) == model


def test_runs_stay_short_and_are_not_many() -> None:
    found: SortedRuns[int] = SortedRuns()
    items = list(range(20 * RUN_MAX))
    random.Random(3).shuffle(items)
    for item in items:
        found.add(item)
    assert max(map(len, found._runs)) <= RUN_MAX
    for item in items[:-RUN_MAX]:
        found.remove(item)
    assert len(found._runs) <= 16
    assert all(found._runs)


def test_what_is_not_there_is_not_removed() -> None:
    found: SortedRuns[int] = SortedRuns()
    for item in range(0, 4 * RUN_MAX, 2):
        found.add(item)
    for item in (-1, 31, 4 * RUN_MAX):
        assert not found.discard(item)
        with pytest.raises(ValueError, match="is not there"):
            found.remove(item)
    assert len(found) == 2 * RUN_MAX


def test_the_first_from_a_place_on() -> None:
    found: SortedRuns[int] = SortedRuns()
    for item in range(0, 4 * RUN_MAX, 2):
        found.add(item)
    wanted = (-5, 0, 31, 2 * RUN_MAX + 1, 4 * RUN_MAX - 2)
    assert [found.from_(least) for least in wanted] == [
        *(0, 0, 32),
        *(2 * RUN_MAX + 2, 4 * RUN_MAX - 2),
    ]
    with pytest.raises(IndexError):
        found.from_(4 * RUN_MAX)


def test_how_many_come_before_a_place() -> None:
    found: SortedRuns[int] = SortedRuns()
    assert found.rank(7) == 0
    for item in range(0, 6 * RUN_MAX, 2):
        found.add(item)
    for least in (-5, 0, 1, 2 * RUN_MAX, 4 * RUN_MAX + 1, 6 * RUN_MAX, 9 * RUN_MAX):
        assert found.rank(least) == sum(item < least for item in found)
