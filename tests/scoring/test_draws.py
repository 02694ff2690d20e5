"""Draws: known answers, and that they are as even as chance is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.draws import draw, draws, stream_of


@pytest.mark.parametrize(
    ("text", "begin"),
    [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)],
)
def test_streams_begin_at_the_published_hashes(text: str, begin: int) -> None:
    assert stream_of(text) == begin


def test_draws_are_the_published_numbers_without_their_last_bit() -> None:
    published = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)
    assert [draw(0, number) for number in (1, 2, 3)] == [each >> 1 for each in published]


@given(
    streams=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5),
    number=st.integers(0, 2**63 - 1),
)
def test_many_draws_are_those_of_each(streams: list[int], number: int) -> None:
    found = draws(np.array(streams, dtype=np.uint64), number)
    assert found.tolist() == [draw(stream, number) for stream in streams]


def test_everybody_is_drawn_as_often_whoever_else_is_there() -> None:
    names = [f"agent-{number}" for number in range(10)]
    streams = {name: stream_of(name) for name in names}
    for present in (names, names[:5]):
        drawn = Counter(
            min(present, key=lambda name: draw(streams[name], offer)) for offer in range(1, 10_001)
        )
        due = 10_000 / len(present)
        chi_square = sum((drawn[name] - due) ** 2 / due for name in present)
        assert chi_square < 27.9, "what chance exceeds once in a thousand times"
