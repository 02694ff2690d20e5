"""Plants: right journals with one fault each, by the code of the check that must find it."""

from __future__ import annotations

from collections.abc import Callable

from tests.adapters.verify.story import Story

__all__ = ("PLANTS", "assigned", "at_work", "offered", "plants")

PLANTS: dict[str, list[Callable[[], Story]]] = {}


def plants(code: str) -> Callable[[Callable[[], Story]], Callable[[], Story]]:
    def note(plant: Callable[[], Story]) -> Callable[[], Story]:
        PLANTS.setdefault(code, []).append(plant)
        return plant

    return note


def at_work(*agents: str) -> Story:
    story = Story()
    story.record(*(e for a in agents for e in story.log_in(a)), consumed=len(agents))
    return story.wait(100)


def offered(channel: str = "chat", **change: object) -> Story:
    """One agent, one interaction "i", offered as "o"."""
    story = at_work("ann")
    story.record(story.create("i", channel), story.offer("o", "i", "ann", **change), consumed=1)
    return story.wait(1_000)


def assigned(channel: str = "chat") -> Story:
    story = offered(channel)
    story.record(story.accept("o"), consumed=1)
    return story.wait(1_000)
