"""What all events have in common."""

from __future__ import annotations

from msgspec import Struct

__all__ = ("EventBase",)


class EventBase(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True, gc=False):
    """A fact of the journal."""

    cause: str = ""
    """Inbound entry id of the command that caused the event; empty: time, matching or the
    service."""
