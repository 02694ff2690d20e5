"""The estimator alone: its quantiles against SciPy's, and what is too little to say anything."""

from __future__ import annotations

import pytest
from scipy.stats import f

from queues.departures import Departures
from queues.waits import (
    DEPARTURES_LEAST,
    DEPARTURES_MAX,
    WINDOW_MS,
    Wait,
    depart,
    expected_wait,
    leave,
    resume_waiting,
    stop_waiting,
    take_back,
)

BEGIN_MS = 1_700_000_000_000


def busy(count: int, every_ms: int = 10_000) -> tuple[Departures, int]:
    """A line from which one goes every so often; and the time at which the last has just gone."""
    known, now_ms = Departures(), BEGIN_MS
    resume_waiting(known, now_ms)
    for _ in range(count):
        now_ms += every_ms
        depart(known, now_ms)
    return known, now_ms


def waits(known: Departures, place: int, now_ms: int) -> Wait:
    found = expected_wait(known, place, now_ms)
    assert found is not None
    return found


@pytest.mark.parametrize("place", [1, 2, 10, 1_000])
@pytest.mark.parametrize("count", [DEPARTURES_LEAST, 12, DEPARTURES_MAX])
def test_the_interval_is_that_of_f(place: int, count: int) -> None:
    known, now_ms = busy(count + 1)
    found = waits(known, place, now_ms)
    assert found.wait_ms == 10_000 * place
    low, high = (f.ppf(share, 2 * place, 2 * count) for share in (0.1, 0.9))
    # cube roots are nearly normal; of the very first one the lower end is off by seven hundredths
    assert found.low_ms == pytest.approx(found.wait_ms * low, rel=0.08 if place == 1 else 0.01)
    assert found.high_ms == pytest.approx(found.wait_ms * high, rel=0.01)


def test_nothing_is_said_of_which_too_little_is_known() -> None:
    assert expected_wait(None, 1, BEGIN_MS) is None
    assert expected_wait(Departures(), 1, BEGIN_MS) is None
    known, now_ms = busy(DEPARTURES_LEAST)
    assert expected_wait(known, 1, now_ms) is None
    depart(known, now_ms)
    assert expected_wait(known, 1, now_ms) is not None
    take_back(known)
    assert expected_wait(known, 1, now_ms) is None


def test_departures_at_one_moment_say_nothing_of_a_rate() -> None:
    known, now_ms = busy(10, every_ms=0)
    assert expected_wait(known, 1, now_ms) is None


def test_only_time_in_which_somebody_waits_counts() -> None:
    known, now_ms = busy(11)
    stop_waiting(known, now_ms)
    resume_waiting(known, now_ms + WINDOW_MS)
    assert waits(known, 1, now_ms + WINDOW_MS) == waits(busy(11)[0], 1, now_ms)
    assert expected_wait(known, 1, now_ms + WINDOW_MS + 1) is not None
    stop_waiting(known, now_ms + WINDOW_MS)
    assert expected_wait(known, 1, now_ms + WINDOW_MS + 1) is None


def test_where_nobody_goes_any_more_the_wait_grows() -> None:
    known, now_ms = busy(11)
    assert waits(known, 1, now_ms).wait_ms == 10_000
    assert waits(known, 1, now_ms + 100_000).wait_ms == 20_000
    assert waits(known, 1, now_ms + 100 * WINDOW_MS).wait_ms > 10 * WINDOW_MS


def test_what_is_long_ago_is_forgotten() -> None:
    known, now_ms = busy(DEPARTURES_MAX, every_ms=100)
    for _ in range(6):
        now_ms += WINDOW_MS // 5
        depart(known, now_ms)
    assert waits(known, 1, now_ms).wait_ms == WINDOW_MS // 5
    assert len(known.last) == DEPARTURES_MAX + 1


def test_who_leaves_ahead_makes_it_shorter() -> None:
    known, now_ms = busy(11)
    for _ in range(4):
        leave(known, 2)
    # half of them left four times in all: of the eight ahead on the way, four on average
    assert waits(known, 9, now_ms).wait_ms == 100_000 * 9 / (10 + 2 * 4)
    assert waits(known, 1, now_ms).wait_ms == 10_000
