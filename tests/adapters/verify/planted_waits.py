"""Faults of what was told about a wait: the place, the number who wait, the estimate, to whom."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import BEGIN_MS, POLICY, Event, Story

CAUSE = f"{BEGIN_MS}-1"
TOLD: Event = {
    "type": "wait_estimated",
    "cause": CAUSE,
    "interaction_id": "last",
    "queue": "general",
    "position": 2,
    "waiting": 2,
    "wait_ms": 22_857,
    "wait_ms_low": 5_866,
    "wait_ms_high": 54_619,
}
"""What is right of who stands second, where seven have gone in eighty seconds."""


def busy_queue(policy: Event | None = None) -> Story:
    """One agent who takes a call every ten seconds; two wait after the last."""
    story = Story(policy)
    calls = [story.create(f"i{n}", "voice") for n in range(9)]
    story.record(*calls, story.create("last", "voice"), consumed=10)
    story.wait(10_000)
    before = story.log_in("ann")
    for n in range(8):
        decision = story.decision(calls[n], "ann", trigger="agent")
        offer = story.offer(f"o{n}", f"i{n}", "ann", decision=decision)
        story.record(*before, offer, story.accept(f"o{n}"))
        story.wait(10_000)
        before = [story.complete(f"i{n}", "ann"), story.wrap_up(f"i{n}", "ann")]
    return story


def _told(**change: Any) -> Story:
    story = busy_queue()
    story.record(TOLD | change, consumed=1)
    return story


@plants("position_wrong")
def _first_who_is_second() -> Story:
    return _told(position=1)


@plants("position_wrong")
def _more_than_wait() -> Story:
    return _told(waiting=3)


@plants("position_wrong")
def _in_another_queue() -> Story:
    return _told(queue="billing")


@plants("estimate_wrong")
def _too_short_a_wait() -> Story:
    return _told(wait_ms=10_000)


@plants("estimate_wrong")
def _too_narrow_an_interval() -> Story:
    return _told(wait_ms_low=15_000)


@plants("estimate_wrong")
def _nothing_said_of_what_is_known() -> Story:
    event = {name: value for name, value in TOLD.items() if not name.startswith("wait_ms")}
    story = busy_queue()
    story.record(event, consumed=1)
    return story


@plants("estimate_wrong")
def _invented() -> Story:
    story = Story()
    story.record(story.create("last", "voice"), TOLD | {"position": 1, "waiting": 1}, consumed=2)
    return story


@plants("command_missing")
def _told_unasked() -> Story:
    return _told(cause="")


@plants("work_missing")
def _told_to_nobody() -> Story:
    story = Story()
    told = TOLD | {"position": 1, "waiting": 1, "reply_to": "desk"}
    unknown = {name: value for name, value in told.items() if not name.startswith("wait_ms")}
    story.record(story.create("last", "voice"), unknown, consumed=2)
    return story


@plants("interaction_state")
def _told_of_what_is_at_work() -> Story:
    return _told(interaction_id="i7", position=0)


@plants("overflow_wrong")
def _passed_on_before_the_wait_was_long() -> Story:
    rule = {"when": {"estimated_wait_above_s": 30}, "queue": "billing"}
    queues: Event = {"general": {"overflow": [rule]}, "billing": {}}
    story = busy_queue(POLICY | {"queues": queues})
    passed = story.create("j", "voice", queue="billing", overflowed=["general"])
    story.record(passed, consumed=1)
    return story


@plants("overflow_wrong")
def _diverted_before_the_wait_was_long() -> Story:
    rule = {"when": {"estimated_wait_above_s": 30}, "divert": "callback", "name": "long"}
    queues: Event = {"general": {"overflow": [rule]}, "billing": {}}
    story = busy_queue(POLICY | {"queues": queues})
    diverted = {
        "type": "interaction_diverted",
        "interaction_id": "j",
        "target": "callback",
        "inbox": "overflow",
        "rule": "long",
        "waited_ms": 0,
    }
    story.record(story.create("j", "voice"), diverted, consumed=1)
    return story
