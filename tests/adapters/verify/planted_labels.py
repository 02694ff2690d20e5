"""Faults against the labels of a channel; and the same journals without the fault."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

CHANNELS: dict[str, Any] = POLICY["channels"]
LABELLED = POLICY | {
    "channels": CHANNELS | {"chat": CHANNELS["chat"] | {"labels": {"complaint": {"maximum": 1}}}}
}


def labelled(*names: str) -> Story:
    """Complaints that come in while ann is there; those named are offered to her."""
    story = Story(LABELLED)
    story.record(*story.log_in("ann"), consumed=1)
    for number in range(2):
        name = f"i{number}"
        created: list[Event] = [story.create(name, label="complaint")]
        offers = [story.offer(f"o{number}", name, "ann")] if name in names else []
        story.record(*created, *offers, consumed=1)
    return story


def first_of_two() -> Story:
    story = labelled("i0")
    story.record(story.create("plain"), story.offer("p", "plain", "ann"), consumed=1)
    story.record(story.accept("o0"), consumed=1)
    done = [story.complete("i0", "ann"), story.wrap_up("i0", "ann")]
    story.record(*done, story.offer("o1", "i1", "ann"), consumed=1)
    return story


@plants("capacity_label")
def _two_where_one_may_be() -> Story:
    return labelled("i0", "i1")


@plants("work_conservation")
def _left_beside_an_agent_with_room_for_it() -> Story:
    return labelled()


@plants("work_conservation")
def _room_for_its_kind_came_free() -> Story:
    story = labelled("i0")
    story.record(story.accept("o0"), consumed=1)
    story.record(story.complete("i0", "ann"), story.wrap_up("i0", "ann"), consumed=1)
    return story


@plants("interaction_created_wrong")
def _a_label_that_the_channel_does_not_have() -> Story:
    story = Story(LABELLED)
    story.record(story.create("i", label="sale"), consumed=1)
    return story
