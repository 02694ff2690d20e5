"""Which interactions belong to a customer or a conversation: looked for from the newest on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

import msgpack

from adapters.history import History
from adapters.journal_text import EventMap, events_of

__all__ = ("Creation", "Field", "Found", "find_creations", "token_of")

Field: TypeAlias = Literal["customer_id", "conversation_id", "interaction_id"]
"""The field of ``interaction_created`` by which is looked."""

LOOK_EVERY: Final = 64
"""Records that are read between two looks at the clock."""


class Creation(NamedTuple):
    """The beginning of one interaction, and the record in which it stands."""

    record_id: str
    event: EventMap


class Found(NamedTuple):
    """What was found, the newest first. ``before``: where to go on; "": there is no more."""

    creations: list[Creation]
    before: str


def find_creations(
    history: History,
    field: Field,
    value: str,
    most: int,
    before: str = "",
    is_over: Callable[[], bool] = lambda: False,
) -> Found:
    """Interactions whose ``field`` is this value, from a record backwards ("": from the end).

    ``most`` or a few more, as a record is told whole; fewer when ``is_over`` says that it has taken
    long enough. Raises what reading a history raises.
    """
    found: list[Creation] = []
    token = token_of(value)
    for number, (record_id, data) in enumerate(history.backward(before), start=1):
        if token in data:
            created = [
                Creation(record_id, event)
                for event in events_of(record_id, data)
                if event["type"] == "interaction_created" and event.get(field) == value
            ]
            found += reversed(created)
            if len(found) >= most:
                return Found(found, record_id)
        if number % LOOK_EVERY == 0 and is_over():
            return Found(found, record_id)
    return Found(found, "")


def token_of(value: str) -> bytes:
    """How a text stands in a record; it need not be there as that very field."""
    packed: bytes = msgpack.packb(value, unicode_errors="surrogateescape")
    return packed
