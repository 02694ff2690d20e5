"""Every event there is, by its name in the journal, with what it says of itself."""

from __future__ import annotations

from typing import Final, get_args

from router.events import Event
from router.events.base import EventBase

__all__ = ("EVENTS", "summary_of", "tag_of")


def tag_of(kind: type[EventBase]) -> str:
    """The ``type`` by which an event is known in the journal."""
    return str(kind.__struct_config__.tag)


EVENTS: Final[dict[str, type[EventBase]]] = {tag_of(kind): kind for kind in get_args(Event)}
"""In the order of docs/protocol.md."""


def summary_of(kind: str) -> str:
    """The first sentence of what an event says of itself."""
    text = " ".join((EVENTS[kind].__doc__ or "").split()).replace("``", "")
    return text.partition(". ")[0].rstrip(".") + "."
