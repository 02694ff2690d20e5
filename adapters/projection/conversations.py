"""Conversations: which interactions are about the same matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ("INTERACTIONS_TOLD_MAX", "Conversations")

INTERACTIONS_TOLD_MAX: Final = 1_000
"""Interactions that are named of one conversation, the newest: an id that everybody sets to the
same text must not make a list without end."""


class Conversations:
    """Interaction ids by conversation id, in the order in which they began: what is open, and what
    is over and not forgotten."""

    def __init__(self) -> None:
        self._by_id: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def of(self, conversation_id: str) -> Sequence[str]:
        """The newest interactions of one, the oldest of them first; none: nothing is known."""
        return list(self._by_id.get(conversation_id, ()))[-INTERACTIONS_TOLD_MAX:]

    def ids(self) -> Sequence[str]:
        """All conversations, in the order in which they were first seen."""
        return list(self._by_id)

    def add(self, conversation_id: str, interaction_id: str) -> None:
        """One more interaction of a conversation ("": of none)."""
        if conversation_id:
            self._by_id.setdefault(conversation_id, {})[interaction_id] = None

    def discard(self, conversation_id: str, interaction_id: str) -> None:
        """An interaction is forgotten, and a conversation with its last one."""
        known = self._by_id.get(conversation_id)
        if known is not None:
            known.pop(interaction_id, None)
            if not known:
                del self._by_id[conversation_id]
