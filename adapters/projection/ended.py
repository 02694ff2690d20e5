"""Interactions that are over, with what may be told of them: more than the router itself keeps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

__all__ = ("ENDED_KEPT_MAX", "ENDED_KEPT_MS", "EndedInteraction", "EndedInteractions")

ENDED_KEPT_MAX: Final = 20_000
ENDED_KEPT_MS: Final = 3_600_000
"""As long as the router knows a repeated ``create``, within a bound of some ten megabytes."""


class EndedInteraction(Struct, frozen=True, gc=False, kw_only=True):
    """What is known of an interaction that is over. Times are ms since 1970, 0: it never was."""

    interaction_id: str
    state: str
    """``completed``, ``cancelled`` or ``diverted``."""

    ended_ms: int
    agent_id: str = ""
    """Who had it last; "": nobody ever answered."""

    channel: str = ""
    queue: str = ""
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    created_ms: int = 0
    origin_ms: int = 0
    accepted_ms: int = 0
    completed_ms: int = 0
    outcome: str = ""
    """What its agent said of it."""

    reason: str = ""
    """Why it was cancelled, or the rule that diverted it."""

    target: str = ""
    """Where it was diverted to."""

    is_partial: bool = False
    """It was over before this process began: only state, agent and end are known here."""


class EndedInteractions:
    """By id, in the order in which they ended; the oldest beyond the bounds are forgotten."""

    def __init__(self, kept_max: int = ENDED_KEPT_MAX, kept_ms: int = ENDED_KEPT_MS) -> None:
        self._kept_max, self._kept_ms = kept_max, kept_ms
        self._by_id: OrderedDict[str, EndedInteraction] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, interaction_id: object) -> bool:
        return interaction_id in self._by_id

    def get(self, interaction_id: str) -> EndedInteraction | None:
        """What is known of one; None when it never was, or is forgotten."""
        return self._by_id.get(interaction_id)

    def newest_first(self) -> Iterator[EndedInteraction]:
        """All of them; while nothing is folded."""
        return reversed(self._by_id.values())

    def add(self, ended: EndedInteraction) -> list[EndedInteraction]:
        """Remember one that is over now; those that are forgotten for it."""
        by_id = self._by_id
        by_id[ended.interaction_id] = ended
        by_id.move_to_end(ended.interaction_id)
        forgotten: list[EndedInteraction] = []
        oldest_ms = ended.ended_ms - self._kept_ms
        while len(by_id) > self._kept_max or next(iter(by_id.values())).ended_ms < oldest_ms:
            forgotten.append(by_id.popitem(last=False)[1])
        return forgotten

    def replace(self, ended: EndedInteraction) -> None:
        """Know something else of one that is here, in its place."""
        self._by_id[ended.interaction_id] = ended

    def discard(self, interaction_id: str) -> EndedInteraction | None:
        """Forget one; what was known of it."""
        return self._by_id.pop(interaction_id, None)
