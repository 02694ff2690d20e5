"""Timers in order, however they are set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router import timers as rooms
from router.timer import Timer, TimerKind
from router.timers import Timers
from tests.hypothesis_profiles import scaled

some_timers = st.lists(
    st.builds(
        Timer,
        st.integers(0, 9),
        st.sampled_from(TimerKind),
        st.tuples(st.sampled_from(("a", "b", "c"))),
    ),
    max_size=60,
)


@given(some_timers, st.integers(1, 9))
@scaled(100)
def test_many_that_are_set_at_once_come_in_the_order_of_those_set_one_by_one(
    wanted: list[Timer], piece: int
) -> None:
    before, rooms.PIECE = rooms.PIECE, piece  # type: ignore[misc]  # small enough to matter here
    try:
        at_once, one_by_one = Timers(), Timers()
        for _ in at_once.filling(iter(wanted)):
            pass
        for timer in wanted:
            one_by_one.add(timer)
        assert list(at_once._timers) == list(one_by_one._timers) == sorted(wanted)
        assert len(at_once._timers) == len(wanted)
    finally:
        rooms.PIECE = before  # type: ignore[misc]  # as it was
