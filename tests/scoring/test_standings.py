"""Where agents stand by their attributes: exactly, and last where there is no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.roster import Roster
from scoring.standings import KEYS, LAST, ORDERED_MAX, AttributeKey, standing

UP = AttributeKey("level", descending=False)
DOWN = AttributeKey("level", descending=True)
numbers = st.integers(-ORDERED_MAX, ORDERED_MAX)


@given(mine=numbers, theirs=numbers)
def test_keys_sort_as_the_numbers_do(mine: int, theirs: int) -> None:
    key, other = ((standing((UP,), {"level": value})) for value in (mine, theirs))
    assert (key < other, key == other) == (mine < theirs, mine == theirs)
    key, other = ((standing((DOWN,), {"level": value})) for value in (mine, theirs))
    assert (key < other, key == other) == (mine > theirs, mine == theirs)


@pytest.mark.parametrize("key", [UP, DOWN])
@pytest.mark.parametrize(
    "value", [None, "7", 7.0, True, [7], ORDERED_MAX + 1, -ORDERED_MAX - 1, 2**63]
)
def test_what_is_no_such_number_comes_last(key: AttributeKey, value: object) -> None:
    assert standing((key,), {"level": value}) == standing((key,), {}) == [LAST, 0, 0, 0]
    assert all(standing((key,), {"level": n})[0] < LAST for n in (-ORDERED_MAX, ORDERED_MAX))


def test_a_roster_keeps_every_ordering_as_it_grows() -> None:
    roster = Roster(1, ((UP,), (DOWN, AttributeKey("jobs", descending=False))))
    for number in range(100):
        column = roster.add(f"agent-{number}")
        roster.set_standing(column, {"level": number, "jobs": 7})
    assert roster.standing.shape == (2, 128, KEYS)
    assert roster.standing[0, :100, 0].tolist() == list(range(100))
    assert roster.standing[1, 50].tolist() == [-50, 7, 0, 0]
