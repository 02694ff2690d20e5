"""What is known of a customer that matters for routing, as plain values."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

__all__ = ("Handled", "Known", "Told")


class Handled(Struct, frozen=True):
    """An agent has had something of this customer; ``outcome`` "": none was given;
    ``ended_by`` "": they still have it."""

    agent_id: str
    at_ms: int
    queue: str
    conversation_id: str
    outcome: str
    ended_by: str


class Told(Struct, frozen=True):
    """How something went with an agent; ``score`` None: it has none of its own."""

    agent_id: str
    at_ms: int
    queue: str
    outcome: str
    score: float | None


class Known(Struct, frozen=True, kw_only=True):
    """The newest of each, the newest first. ``owner`` "": nobody's customer. ``open_issues`` are
    (queue, conversation) of matters that are open."""

    owner: str = ""
    handled: Sequence[Handled] = ()
    told: Sequence[Told] = ()
    open_issues: Sequence[tuple[str, str]] = ()
