"""Notes: each is about something that is known, by somebody's command, and within the limits."""

from __future__ import annotations

from typing import Final

from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("NOTE_EVENTS",)

_NOTES_MAX: Final = 50
_CHARACTERS_MAX: Final = 1_000


def _noted(picture: Picture, event: Event) -> None:
    picture.require_command(event)
    ids = {"interaction_id": event["interaction_id"]}
    characters = len(event["text"])
    if not 0 < characters <= _CHARACTERS_MAX:
        message = f"a note of {characters} characters"
        picture.findings.add("note_wrong", message, **ids)
    interaction = picture.interactions.get(event["interaction_id"])
    if interaction is None:
        if event["interaction_id"] not in picture.ended_interactions:
            message = f"a note about {event['interaction_id']!r}, which nobody knows"
            picture.findings.add("interaction_unknown", message, **ids)
        return
    interaction.notes += 1
    if interaction.notes > _NOTES_MAX:
        message = f"note {interaction.notes}; {_NOTES_MAX} are kept"
        picture.findings.add("note_wrong", message, **ids)


NOTE_EVENTS = {"interaction_noted": _noted}
"""What each event does to the picture."""
