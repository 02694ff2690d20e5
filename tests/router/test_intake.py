"""Intake is closed by what grows too far, tells why, and opens again by itself."""

from __future__ import annotations

from router.commands import SetIntake
from router.intake import LATE_SAMPLES, OVERLOADED_RETRY_MS, Intake, IntakeLimits
from router.state import State

LIMITS = IntakeLimits(journal_bytes=1_000, inbound_entries=100, inbound_age_ms=5_000)


class Floor:
    """An intake and the state that follows its commands."""

    def __init__(self) -> None:
        self.intake = Intake(LIMITS)
        self.state = State()
        self.samples = 0

    def sees(
        self, entries: int = 0, age_ms: int = 0, journal_bytes: int = 0, *, moves: bool = True
    ) -> SetIntake | None:
        """What is asked for after one more sample; it is carried out."""
        self.samples += moves
        self.intake.sample(f"{self.samples}-0", entries, age_ms)
        change = self.intake.change(self.state, journal_bytes)
        if change is not None:
            self.state.intake_open, self.state.intake_reason = change.open, change.reason
        return change


def test_too_many_commands_close_it_until_half_of_them_are_gone() -> None:
    floor = Floor()
    assert floor.sees(entries=99) is None
    closing = floor.sees(entries=100)
    assert closing == SetIntake(
        open=False,
        reason="too many commands wait: 100 of 100 commands",
        code="overloaded",
        retry_after_ms=OVERLOADED_RETRY_MS,
    )
    assert [floor.sees(entries=n) for n in (500, 99, 50)] == [None, None, None]
    assert floor.sees(entries=49) == SetIntake(open=True)
    assert floor.sees(entries=99) is None


def test_a_long_wait_closes_it_only_where_it_lasts() -> None:
    floor = Floor()
    before = [floor.sees(age_ms=9_000) for _ in range(LATE_SAMPLES - 1)]
    assert before == [None] * (LATE_SAMPLES - 1)
    assert floor.sees(age_ms=100) is None
    again = [floor.sees(age_ms=9_000) for _ in range(LATE_SAMPLES)]
    assert again[:-1] == before
    assert again[-1] is not None
    assert again[-1].reason == "commands wait for too long: 9000 of 5000 ms"
    assert floor.sees(age_ms=2_500) is None
    assert floor.sees(age_ms=2_499) == SetIntake(open=True)


def test_a_router_that_redis_keeps_from_its_work_refuses_nothing_for_it() -> None:
    floor = Floor()
    floor.sees()
    assert not any(floor.sees(age_ms=60_000, moves=False) for _ in range(9))


def test_the_gravest_reason_is_told_and_the_next_takes_over() -> None:
    floor = Floor()
    floor.sees(entries=100)
    full = floor.sees(entries=100, journal_bytes=1_000)
    assert full is not None
    assert (full.code, full.retry_after_ms) == ("intake_closed", 0)
    assert full.reason == "journal is full: 1000 of 1000 bytes"
    assert floor.sees(entries=100, journal_bytes=900) is None
    crowded = floor.sees(entries=100, journal_bytes=899)
    assert crowded is not None
    assert crowded.code == "overloaded"
    assert floor.sees(entries=0, journal_bytes=899) == SetIntake(open=True)


def test_what_others_have_closed_it_for_is_left_alone() -> None:
    floor = Floor()
    floor.state.intake_open, floor.state.intake_reason = False, "draining"
    assert floor.sees() is None
