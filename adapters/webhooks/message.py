"""What is posted at once: one event, or several that wait behind each other in a lane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from adapters.cloudevents.envelope import CONTENT_TYPE
from adapters.cloudevents.position import Position
from adapters.cloudevents.told import Told
from adapters.webhooks.dead_letters import DeadLetter

__all__ = ("BATCH_TYPE", "Lane", "Message", "again", "next_message")

BATCH_TYPE: Final = "application/cloudevents-batch+json"
BATCH_BYTES_TARGET: Final = 512 * 1024
"""No event is added to a message that is as large already."""

Lane = asyncio.Queue[Told | None]
"""Events to be posted in this order; None: it is over."""


class Message(NamedTuple):
    """A body, under the id by which it is known in each attempt. ``position`` is its first event's;
    ``events`` are all of its events' (none: it is sent once more, and nothing waits for it)."""

    webhook_id: str
    position: str
    body: bytes
    events: tuple[Position, ...] = ()

    @property
    def content_type(self) -> str:
        """A list of envelopes is of a type of its own."""
        return BATCH_TYPE if self.body.startswith(b"[") else CONTENT_TYPE


async def next_message(lane: Lane, batch: int, encode: Callable[[Told], bytes]) -> Message | None:
    """What comes next in a lane, up to ``batch`` events that are there by now; None: it is over."""
    first = await lane.get()
    if first is None:
        return None
    told, parts = [first], [encode(first)]
    size = len(parts[0])
    while len(told) < batch and size < BATCH_BYTES_TARGET and not lane.empty():
        one = lane.get_nowait()
        if one is None:
            lane.put_nowait(None)
            break
        told.append(one)
        parts.append(encode(one))
        size += len(parts[-1])
    body = parts[0] if batch == 1 else b"[" + b",".join(parts) + b"]"
    events = tuple(one.position for one in told)
    return Message(_id_of(first.tenant, events), str(events[0]), body, events)


def again(letter: DeadLetter) -> Message:
    """A dead letter, as it was."""
    return Message(letter.webhook_id, letter.position, letter.body)


def _id_of(tenant: str, events: tuple[Position, ...]) -> str:
    upto = f"..{events[-1]}" if len(events) > 1 else ""
    return f"{tenant}/{events[0]}{upto}"
