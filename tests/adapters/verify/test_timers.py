"""Late timers: a backlog after a pause is no fault, a timer that never fires is one."""

from __future__ import annotations

from adapters.verify.timers import BACKLOG_PER_RECORD, SPARE_RECORDS, TOLERANCE_MS
from tests.adapters.verify.story import Story, codes_of

OFFERS = 3 * BACKLOG_PER_RECORD


def with_open_offers() -> Story:
    story = Story()
    story.record(*(e for n in range(OFFERS) for e in story.log_in(f"a{n}", capacity=30)))
    for n in range(OFFERS):
        # everybody else is excluded by being busy: the decision counts are not what is tested here
        story.create(f"i{n}")
    decision = story.decision(story.interactions["i0"], "a0")
    offers = [story.offer(f"o{n}", f"i{n}", f"a{n}", decision=decision) for n in range(OFFERS)]
    story.record(*story.interactions.values(), *offers)
    return story


def overdue(story: Story) -> bool:
    return "timer_overdue" in codes_of(story.check(thorough=False))


def test_a_backlog_is_given_the_records_that_it_needs() -> None:
    story = with_open_offers().wait(20_000 + TOLERANCE_MS + 1)
    for part in range(SPARE_RECORDS + OFFERS // BACKLOG_PER_RECORD):
        lot = range(part * 200, min((part + 1) * 200, OFFERS))
        story.wait(1_000).record(*(e for n in lot for e in story.expire(f"o{n}")))
    assert not overdue(story)


def test_one_timer_that_is_passed_over_is_found() -> None:
    story = with_open_offers().wait(20_000 + TOLERANCE_MS + 1)
    story.record(*(e for n in range(1, OFFERS) for e in story.expire(f"o{n}")))
    for _ in range(SPARE_RECORDS):
        story.wait(1_000).record()
    assert not overdue(story)
    story.wait(1_000).record()
    assert overdue(story)


def test_within_the_tolerance_nothing_is_late() -> None:
    story = with_open_offers().wait(20_000)
    for _ in range(10):
        story.wait(TOLERANCE_MS // 10).record()
    assert not overdue(story)


def held_back(*, consumed_ms: int) -> Story:
    """Records whose timers are held back for commands that may be unread."""
    story = with_open_offers()
    before_ms = story.now_ms
    story.wait(20_000 + TOLERANCE_MS + 1)
    for _ in range(2 * SPARE_RECORDS + OFFERS // BACKLOG_PER_RECORD):
        position = f"{before_ms + consumed_ms}-0"
        story.wait(1_000).record(timers_upto_ms=before_ms, position=position)
    return story


def test_timers_may_be_held_back_while_commands_are_unread() -> None:
    assert not overdue(held_back(consumed_ms=1_000))


def test_timers_may_not_be_held_back_behind_what_was_consumed() -> None:
    assert overdue(held_back(consumed_ms=40_000))
