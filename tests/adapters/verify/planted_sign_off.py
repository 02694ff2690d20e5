"""Faults against the sign-off of agents of whom nothing is heard; and a journal without one."""

from __future__ import annotations

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import POLICY, Story

QUIET = POLICY | {"sign_off_after_s": 3_600}
HOUR_MS = 3_600_000


def at_hand(policy: dict[str, object] = QUIET) -> Story:
    """ann has come and done one chat."""
    story = Story(policy)
    story.record(*story.log_in("ann"), consumed=1)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    story.wait(1_000).record(story.accept("o"), consumed=1)
    story.wait(HOUR_MS)
    story.record(story.complete("i", "ann"), story.wrap_up("i", "ann"), consumed=1)
    return story


def signed_off(story: Story) -> Story:
    told = {"type": "agent_logged_out", "agent_id": "ann", "reason": "nothing was heard"}
    story.record(told)
    return story


@plants("sign_off_wrong")
def _too_early() -> Story:
    return signed_off(at_hand().wait(HOUR_MS - 1))


@plants("sign_off_wrong")
def _with_work_in_hand() -> Story:
    story = at_hand()
    story.record(story.create("j"), story.offer("p", "j", "ann"), consumed=1)
    story.record(story.accept("p"), consumed=1)
    return signed_off(story.wait(HOUR_MS))


@plants("sign_off_wrong")
def _under_a_policy_that_does_not() -> Story:
    return signed_off(at_work("ann").wait(HOUR_MS))


@plants("sign_off_overdue")
def _never() -> Story:
    story = at_hand()
    story.wait(HOUR_MS + 6_000).record({"type": "intake_changed", "open": False}, consumed=1)
    return story
