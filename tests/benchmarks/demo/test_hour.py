from __future__ import annotations

import pytest

from benchmarks.demo.hour import Frame, Hour
from tests.benchmarks.demo.journals import about, about_offer, created, issued, opening, record

FRAME = Frame(
    opens_ms=10_000, closes_ms=50_000, surge_starts_ms=20_000, surge_ends_ms=30_000, speed=90.0
)


def an_hour() -> Hour:
    """One chat (30 % of ada) at work from 15 to 35 s, one interaction waiting from 22 s on."""
    hour = Hour(FRAME)
    for each in (
        record(1_000, *opening()),
        record(15_000, created(1, 15_000, "chat"), issued(1, cost=30)),
        record(15_000, about_offer("offer_accepted", 1)),
        record(22_000, created(2, 22_000)),
        record(35_000, about("interaction_completed", 1), about("interaction_wrapped_up", 1)),
    ):
        hour.feed(each)
    return hour


def test_durations_are_told_in_the_hours_own_time() -> None:
    assert FRAME.hour_s(1_000) == 90.0
    assert FRAME.minute(50_000) == 60.0
    assert FRAME.in_surge(20_000)
    assert not FRAME.in_surge(30_000)


def test_work_is_split_at_the_borders_of_the_phases() -> None:
    hour = an_hour()
    hour.close()
    worked = [phase.agents["ada"].worked_ms for phase in hour.phases]
    assert worked == pytest.approx([5_000 * 0.3, 10_000 * 0.3, 5_000 * 0.3])
    assert [phase.agents["ada"].staffed_ms for phase in hour.phases] == [10_000, 10_000, 20_000]
    assert [phase.longest_queue for phase in hour.phases] == [0, 1, 1]


def test_what_comes_after_the_hour_does_not_count() -> None:
    hour = an_hour()
    hour.feed(record(50_000, created(3, 50_000)))
    assert hour.over
    hour.feed(record(49_000, created(4, 49_000)))
    assert list(hour.tally.interactions) == ["i-1", "i-2"]


def test_closing_twice_changes_nothing() -> None:
    hour = an_hour()
    hour.close()
    first = [phase.agents for phase in hour.phases]
    hour.close()
    assert [phase.agents for phase in hour.phases] == first


def test_time_before_the_opening_is_not_counted() -> None:
    hour = Hour(FRAME)
    hour.feed(record(0, *opening()))
    hour.close()
    assert sum(phase.agents["ada"].staffed_ms for phase in hour.phases) == 40_000
