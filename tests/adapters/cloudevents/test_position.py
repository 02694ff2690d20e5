"""Positions: read, written, ordered; and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cloudevents import BEGIN, Position, PositionError
from tests.hypothesis_profiles import scaled

NUMBERS = st.integers(0, 2**64 - 1)


@scaled(50)
@given(NUMBERS, NUMBERS, st.none() | st.integers(0, 2**31))
def test_what_is_written_is_read(epoch: int, lsn: int, number: int | None) -> None:
    whole = Position(epoch, lsn)
    position = whole if number is None else whole._replace(number=number)
    assert Position.parse(str(position)) == position
    assert position.is_whole == (number is None)


def test_they_are_ordered_as_the_events_are() -> None:
    texts = ["0-0", "1-0/0", "1-0/1", "1-0/10", "1-0", "1-1/0", "1-9", "1-10", "2-0"]
    positions = [Position.parse(text) for text in texts]
    assert sorted(positions) == positions
    assert positions[0] == BEGIN


@pytest.mark.parametrize(
    "text",
    ["", "1", "now", "1-", "-1", "1-2/", "1-2/x", "1-2/3/4", "1-2-3", "-1-2", "1-2/-3", "+1-2",
     "１-2", "1 -2", f"{2**64}-1", "1" * 65 + "-1"],
)  # fmt: skip
def test_what_is_no_position_is_told(text: str) -> None:
    with pytest.raises(PositionError, match="is no position: give the id of an event"):
        Position.parse(text)
