"""Service levels: against every outcome with its moment, and at the edges of the window."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queues.outcomes import Outcomes
from queues.service_levels import MINUTES, count, share_ppm
from tests.oracle.levels import Levels

MINUTE_MS = 60_000


def counted(*minutes: int, in_target: bool = True) -> Outcomes:
    known = Outcomes()
    for minute in minutes:
        count(known, minute * MINUTE_MS, in_target=in_target)
    return known


@given(st.lists(st.tuples(st.integers(0, 600_000), st.booleans())))
def test_it_is_the_share_of_the_last_thirty_minutes(steps: list[tuple[int, bool]]) -> None:
    known, levels, now_ms = Outcomes(), Levels(), 0
    for passed_ms, in_target in steps:
        now_ms += passed_ms
        count(known, now_ms, in_target=in_target)
        levels.count("q", now_ms, in_target=in_target)
        for later_ms in (0, 29 * MINUTE_MS, 31 * MINUTE_MS):
            expected = levels.share("q", now_ms + later_ms)
            assert share_ppm(known, now_ms + later_ms) == expected
        assert len(known.minutes) <= MINUTES


def test_nothing_is_said_of_a_few() -> None:
    assert share_ppm(None, 0) is None
    assert share_ppm(counted(1, 1, 1, 1), MINUTE_MS) is None
    assert share_ppm(counted(1, 1, 1, 1, 1), MINUTE_MS) == 1_000_000


def test_a_minute_counts_until_thirty_more_have_begun() -> None:
    known = counted(0, 0, 0, 0, 0, in_target=False)
    assert share_ppm(known, MINUTES * MINUTE_MS - 1) == 0
    assert share_ppm(known, MINUTES * MINUTE_MS) is None


def test_counting_goes_on_while_nobody_looks() -> None:
    known = counted(*range(1_000))
    assert [known.minutes[0].number, known.minutes[-1].number] == [970, 999]
