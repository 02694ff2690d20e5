"""Faults of holds: kept for who will not be free in time, or passed over though somebody may be."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

__all__ = ("BEFORE", "busy", "comes")

STEPS = [{"only": "preferred", "until_s": 10, "free_in_time": 0.5}, {}]
HOLDING = POLICY | {
    "channels": POLICY["channels"] | {"voice": POLICY["channels"]["voice"] | {"wrap_up_s": 0}},
    "queues": {**POLICY["queues"], "general": {"workflow": "w"}},
    "workflows": {"w": {"steps": STEPS}},
}
BEFORE = HOLDING | {"workflows": {"w": {"steps": [{"only": "preferred", "until_s": 10}, {}]}}}
"""The same, written when a hold was never passed over for somebody who was there."""


def stepped(story: Story, name: str, step: int, **change: Any) -> Event:
    until_ms = story.now_ms + 10_000 if step == 1 else 0
    event = {
        "type": "interaction_stepped",
        "interaction_id": name,
        "step": step,
        "requirements": [],
        "priority": 0,
        "until_ms": until_ms,
        "only_preferred": step == 1,
    }
    return event | change


def busy(lasted_ms: int, policy: Event = HOLDING) -> Story:
    """Ann has had eight calls of a minute each, and another one for so long."""
    story = Story(policy)
    story.record(*story.log_in("ann"), consumed=1)
    for number in range(9):
        name = f"before-{number}" if number < 8 else "now"
        created = story.create(name, "voice", requirements=[])
        offer = story.offer(f"o-{number}", name, "ann")
        story.record(created, stepped(story, name, 2), offer, consumed=1)
        story.record(story.accept(f"o-{number}"), consumed=1)
        if number < 8:
            story.wait(60_000)
            done = story.complete(name, "ann")
            story.record(done, story.wrap_up(name, "ann"), consumed=1)
    return story.wait(lasted_ms)


def comes(story: Story, step: int, **change: Any) -> Story:
    created = story.create("i", "voice", preferred=[["ann", 900_000]])
    story.record(created, stepped(story, "i", step, **change), consumed=1)
    return story


@plants("step_wrong")
def _kept_for_somebody_with_a_long_call() -> Story:
    return comes(busy(30_000), 1)


@plants("step_wrong")
def _passed_over_just_before_a_call_ends() -> Story:
    return comes(busy(55_000), 2)


@plants("step_wrong")
def _kept_for_those_who_are_known_better() -> Story:
    return comes(busy(55_000), 1, history_at_least_ppm=500_000)


@plants("step_wrong")
def _kept_for_somebody_who_is_not_there() -> Story:
    story = busy(55_000)
    created = story.create("i", "voice", preferred=[["bob", 900_000]])
    story.record(created, stepped(story, "i", 1), consumed=1)
    return story
