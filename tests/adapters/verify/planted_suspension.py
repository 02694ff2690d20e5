"""Faults of suspensions: what comes back too soon, too late, too old, or is offered meanwhile."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import BEGIN_MS, Story

CAUSE = f"{BEGIN_MS}-1"


def _aside(**terms: Any) -> Story:
    """An interaction "i" that is for later, with nobody there."""
    story = Story()
    suspended = {"type": "interaction_suspended", "interaction_id": "i", "cause": CAUSE} | terms
    story.record(story.create("i"), suspended, consumed=1)
    return story


def _resumed(story: Story, **change: Any) -> Story:
    event = {"type": "interaction_resumed", "interaction_id": "i", "ended_by": "timer"}
    story.record(event | {"origin_ms": story.now_ms} | change)
    return story


@plants("suspension_early")
def _resumed_too_soon() -> Story:
    story = _aside(until_ms=Story().now_ms + 60_000)
    return _resumed(story.wait(59_999))


@plants("suspension_early")
def _told_too_soon() -> Story:
    story = _aside(until_ms=Story().now_ms + 60_000, inbox="dialer").wait(59_999)
    story.record({"type": "interaction_due", "interaction_id": "i", "inbox": "dialer"})
    return story


@plants("suspension_wrong")
def _ended_by_no_time() -> Story:
    return _resumed(_aside().wait(1_000))


@plants("suspension_wrong")
def _ended_where_somebody_was_to_be_told() -> Story:
    story = _aside(until_ms=Story().now_ms + 1_000, inbox="dialer")
    return _resumed(story.wait(1_000))


@plants("suspension_wrong")
def _another_inbox_was_told() -> Story:
    story = _aside(until_ms=Story().now_ms + 1_000, inbox="dialer").wait(1_000)
    story.record({"type": "interaction_due", "interaction_id": "i", "inbox": "desk"})
    return story


@plants("origin_moved")
def _older_than_it_may_be() -> Story:
    story = _aside().wait(1_000)
    return _resumed(story, ended_by="command", cause=CAUSE, origin_ms=story.now_ms - 1_000)


@plants("origin_moved")
def _place_lost() -> Story:
    return _resumed(_aside(keeps_place=True).wait(1_000), ended_by="command", cause=CAUSE)


@plants("timer_overdue")
def _never_comes_back() -> Story:
    story = _aside(until_ms=Story().now_ms + 1_000).wait(10_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("interaction_state")
def _offered_while_suspended() -> Story:
    story = at_work("ann")
    suspended = {"type": "interaction_suspended", "interaction_id": "i", "cause": CAUSE}
    created = story.create("i")
    story.record(created, suspended, story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("command_missing")
def _suspended_by_nobody() -> Story:
    return _aside(cause="")


@plants("command_missing")
def _resumed_by_nobody() -> Story:
    return _resumed(_aside().wait(1_000), ended_by="command")


@plants("suspension_wrong")
def _somebody_is_to_be_told_at_no_time() -> Story:
    return _aside(inbox="dialer")


@plants("suspension_early")
def _suspended_for_longer_before_its_time() -> Story:
    story = _aside(until_ms=Story().now_ms + 60_000).wait(1_000)
    again = {"type": "interaction_suspended", "interaction_id": "i"}
    story.record(again | {"until_ms": story.now_ms + 60_000})
    return story


@plants("waited")
def _time_aside_counted_as_waiting() -> Story:
    story = _aside().wait(60_000)
    cancelled = {"type": "interaction_cancelled", "interaction_id": "i", "waited_ms": 60_000}
    story.record(cancelled | {"cause": CAUSE}, consumed=1)
    return story
