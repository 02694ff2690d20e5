"""Faults of suspensions: what comes back too soon, too late, too old, or is offered meanwhile."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import BEGIN_MS, POLICY, Story

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


CALLED_BACK = {
    **POLICY,
    "channels": {**POLICY["channels"], "voice": {"callback": {"attempts_max": 2}}},
}


def _tried(*attempts: int, **change: Any) -> Story:
    """A callback that is with Ann, and such attempts of hers that have failed."""
    story = Story(CALLED_BACK)
    story.record(*story.log_in("ann"), story.create("i", "voice"), story.offer("o", "i", "ann"))
    story.record(story.accept("o", cause=CAUSE))
    failed = {"type": "attempt_failed", "interaction_id": "i", "agent_id": "ann", "cause": CAUSE}
    story.record(*(failed | {"attempt": attempt} | change for attempt in attempts), consumed=1)
    return story


def _given_up(story: Story, attempts: int, **change: Any) -> Story:
    diverted = {"type": "interaction_diverted", "interaction_id": "i", "waited_ms": 0}
    diverted |= {"target": "unreached", "inbox": "overflow", "rule": "attempts_max"}
    requeued = {"type": "interaction_requeued", "interaction_id": "i", "agent_id": "ann"}
    ended = diverted | {"attempts": attempts, "cause": CAUSE} | change
    story.record(requeued | {"cause": CAUSE}, ended, consumed=1)
    return story


@plants("attempt_wrong")
def _attempt_left_out() -> Story:
    return _tried(2)


@plants("attempt_wrong")
def _attempt_of_somebody_else() -> Story:
    return _tried(1, agent_id="bob")


@plants("command_missing")
def _attempt_of_nobody() -> Story:
    return _tried(1, cause="")


@plants("attempt_wrong")
def _attempt_before_its_time() -> Story:
    story = Story(CALLED_BACK)
    suspended = {"type": "interaction_suspended", "interaction_id": "i", "cause": CAUSE}
    failed = {"type": "attempt_failed", "interaction_id": "i", "attempt": 1, "cause": CAUSE}
    later = suspended | {"until_ms": story.now_ms + 1_000}
    story.record(story.create("i", "voice"), later, failed, consumed=1)
    return story


@plants("attempt_wrong")
def _attempt_where_nobody_is_called_back() -> Story:
    story = _aside()
    failed = {"type": "attempt_failed", "interaction_id": "i", "attempt": 1, "cause": CAUSE}
    story.record(failed, consumed=1)
    return story


@plants("attempt_wrong")
def _given_up_too_soon() -> Story:
    return _given_up(_tried(1), 1)


@plants("attempt_wrong")
def _given_up_elsewhere() -> Story:
    return _given_up(_tried(1, 2), 2, target="voicemail")


@plants("suspension_wrong")
def _moved_by_no_calling_hours() -> Story:
    return _aside(until_ms=Story().now_ms + 60_000, asked_ms=Story().now_ms + 1_000)
