"""What a customer card may consist of; named by settings, so it loads nothing."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

__all__ = ("CARD_PARTS", "CardPart")

CardPart: TypeAlias = Literal[
    "owner", "identities", "preferences", "issues", "offers_made", "said", "last", "elsewhere"
]
CARD_PARTS: Final[tuple[CardPart, ...]] = get_args(CardPart)
