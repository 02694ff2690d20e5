"""Faults of versions: told, matched or refused as nobody could have found them."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgpack

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import BEGIN_MS, Event, Story

CAUSE = f"{BEGIN_MS}-1"
WRONG = "0123456789abcdef"


def version_of(*values: Any) -> str:
    return blake2b(msgpack.packb(values), digest_size=8).hexdigest()


def waiting(**event: Any) -> Story:
    """A chat that waits, and what was told of it or of the agent who is on a break."""
    story = at_work("ann")
    story.record(story.become("agent_unavailable", "ann"), story.create("i"), consumed=2)
    story.record({"cause": CAUSE, **event}, consumed=1)
    return story


def right_of_i() -> str:
    """What is right of a chat that came 100 ms after the beginning."""
    return version_of("i", 1, "queued", "general", BEGIN_MS + 100, 0, [], "", 0, None)


def right_of_ann() -> str:
    return version_of("ann", "unavailable", "", {}, {}, [], 100, {}, 1, {})


TOLD: Event = {"type": "version_told", "state": "queued", "interaction_id": "i"}
MATCHED: Event = {"type": "version_matched", "command": "update", "target": "i"}
REFUSED: Event = {
    "type": "rejected",
    "command": "agent_skills",
    "code": "version_mismatch",
    "detail": "it has changed",
    "target": "ann",
    "if_version": WRONG,
}


@plants("version_wrong")
def _told_another() -> Story:
    return waiting(**TOLD, version=WRONG)


@plants("version_wrong")
def _told_in_another_state() -> Story:
    return waiting(**TOLD | {"state": "offered"}, version=right_of_i())


@plants("version_wrong")
def _told_of_an_agent_as_before_the_break() -> Story:
    before = version_of("ann", "available", "", {}, {}, [], 100, {}, 1, {})
    about = {"interaction_id": "", "agent_id": "ann", "state": "unavailable"}
    return waiting(**TOLD | about, version=before)


@plants("version_wrong")
def _carried_out_though_it_had_changed() -> Story:
    return waiting(**MATCHED, version=WRONG)


@plants("version_wrong")
def _refused_with_another() -> Story:
    return waiting(**REFUSED, version=WRONG.upper())


@plants("version_refused_wrong")
def _refused_though_it_was_right() -> Story:
    right = right_of_ann()
    return waiting(**REFUSED | {"if_version": right}, version=right)
