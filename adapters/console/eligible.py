"""Who could serve something, as one reads it."""

from __future__ import annotations

from typing import Final

from adapters.client.eligibility_models import Eligible

__all__ = ("OBSTACLE_WORDS", "someone_words")

OBSTACLE_WORDS: Final = {
    "asked": "asked already",
    "no_capacity": "without room",
    "not_available": "away",
    "excluded": "excluded",
    "lacking_skill": "lacking what is asked",
}


def someone_words(one: Eligible) -> str:
    """What stops somebody; of who could serve it, what they have in hand."""
    held = f"{one.in_hand} in hand" if one.in_hand else "nothing in hand"
    match one.obstacle:
        case "not_available":
            return (one.activity or one.state).replace("_", " ")
        case "no_capacity":
            return f"no room: {held}"
        case "lacking_skill":
            return f"lacks {one.lacks} of what is asked"
        case "":
            return held
        case other:
            return OBSTACLE_WORDS.get(other, other)
