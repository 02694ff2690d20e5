"""Faults of groups: who opens without a reason, too soon or not at all; pools of steps besides."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

EVERYBODY: Event = {"require": [{"expression": "true"}]}
GROUP: Event = {"pool": "all", "open_if": [{"waiting_at_least": 2}]}


def policy(*groups: Event, **more: Any) -> Event:
    queue: Event = {"pool": "own", "activation": {"every_s": 10, "groups": list(groups)}} | more
    own: Event = {"require": [{"skill": "french"}]}
    return POLICY | {
        "pools": {"own": own, "all": EVERYBODY},
        "queues": {"general": queue, "billing": {}},
    }


def reviewed(**fields: Any) -> Event:
    return {"type": "groups_reviewed", "queue": "general"} | fields


def asked(*members: Event) -> list[Event]:
    return [{"any": [{"skill": "french"}, *members]}]


LEAF: Event = {"all": [{"group": "general/all"}, {"expression": "true"}]}


def arrived(story: Story, name: str) -> list[Event]:
    """One that waits in general, and asks for its pools."""
    stepped: Event = {
        "type": "interaction_stepped",
        "interaction_id": name,
        "step": 1,
        "requirements": asked(LEAF),
        "priority": 0,
    }
    return [story.create(name), stepped]


def waiting(count: int, group: Event = GROUP) -> Story:
    """So many wait for ten seconds, and it is time to look."""
    story = Story(policy(group))
    story.record(*(e for n in range(count) for e in arrived(story, f"i{n}")), consumed=count)
    return story.wait(10_000)


@plants("group_wrong")
def _opened_for_one() -> Story:
    story = waiting(1)
    story.record(reviewed(opened=["all"]))
    return story


@plants("group_wrong")
def _left_closed_for_two() -> Story:
    story = waiting(2)
    story.record(reviewed())
    return story


@plants("group_wrong")
def _closed_without_being_told() -> Story:
    story = waiting(2, GROUP | {"close_if": [{"waiting_below": 1}]})
    story.record(reviewed(opened=["all"]))
    story.wait(10_000)
    story.record(reviewed(closed=["all"]))
    return story


@plants("group_wrong")
def _opened_one_that_there_is_not() -> Story:
    story = waiting(1)
    story.record(reviewed(opened=["others"]))
    return story


@plants("group_wrong")
def _counted_others_than_the_pool() -> Story:
    story = waiting(1, GROUP | {"open_if": [{"pool": "own", "available_at_least": 1}]})
    login, _ = story.log_in("ann", skills={"french": 3})
    story.record(login, reviewed(opened=["all"]), consumed=1)
    return story


@plants("review_early")
def _looked_at_too_soon() -> Story:
    story = Story(policy(GROUP))
    story.record(*arrived(story, "i"), consumed=1)
    story.wait(9_999)
    story.record(reviewed())
    return story


@plants("review_early")
def _looked_at_though_nobody_waits() -> Story:
    story = Story(policy(GROUP))
    story.wait(10_000)
    story.record(reviewed())
    return story


@plants("timer_overdue")
def _never_looked_at() -> Story:
    story = waiting(2)
    story.wait(30_000)
    for number in range(5):
        story.record(story.create(f"x{number}", queue="billing"), consumed=1)
        story.wait(1_000)
    return story


@plants("work_conservation")
def _nobody_was_asked_when_it_opened() -> Story:
    story = Story(policy(GROUP))
    story.record(*story.log_in("ann"), consumed=1)
    story.record(*(e for n in "ij" for e in arrived(story, n)), consumed=2)
    story.wait(10_000)
    story.record(reviewed(opened=["all"]))
    return story


def stepping(**stepped: Any) -> Story:
    """One waits, and comes to a step whose pool opens when two do."""
    rule: Event = {"pool": "all", "open_if": [{"waiting_at_least": 2}], "until_s": 60}
    workflows = {"w": {"steps": [{"until_s": 5}, rule, {}]}}
    story = Story(policy(activation=None, workflow="w") | {"workflows": workflows})
    create = story.create("i")
    first: Event = {
        "type": "interaction_stepped",
        "interaction_id": "i",
        "step": 1,
        "requirements": asked(),
        "priority": 0,
        "until_ms": story.now_ms + 5_000,
    }
    story.record(create, first, consumed=1)
    story.wait(5_000)
    story.record(first | {"step": 3, "until_ms": 0} | stepped)
    return story


@plants("step_wrong")
def _a_pool_opened_without_its_condition() -> Story:
    now_ms = Story().now_ms
    return stepping(step=2, until_ms=now_ms + 60_000, requirements=asked({"expression": "true"}))


@plants("step_wrong")
def _a_pool_shut_that_has_no_condition() -> Story:
    return stepping(shut=[1, 2])


@plants("step_wrong")
def _a_pool_passed_over_and_not_shut() -> Story:
    return stepping(requirements=asked({"expression": "true"}))
