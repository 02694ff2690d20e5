"""What agents decline again and again, or do not answer: somebody should look at it.

Nothing moves it where the policy names no rescue (docs/overflow.md), and it delays nobody else; but
nobody serves it either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from router import events as ev
from router.events import Event

__all__ = ("OFTEN", "OftenDeclined")

OFTEN: Final = 5
"""As many offers of one interaction failed: no accident any more."""


class OftenDeclined:
    """Waiting interactions by the offers of them that failed since somebody last had them, or they
    were moved."""

    def __init__(self) -> None:
        self._failed: dict[str, int] = {}
        self._often: dict[str, None] = {}
        self._folds: Final[dict[type, Callable[[Any], None]]] = {
            **dict.fromkeys((ev.OfferDeclined, ev.OfferExpired), self._count),
            **dict.fromkeys(
                (
                    ev.OfferAccepted,
                    ev.InteractionMoved,
                    ev.InteractionReclassified,
                    ev.InteractionCancelled,
                    ev.InteractionDiverted,
                ),
                self._forget,
            ),
        }

    def __len__(self) -> int:
        return len(self._often)

    def fold(self, event: Event) -> None:
        """Take in one event."""
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event)

    def failed(self, interaction_id: str) -> int:
        """How many offers of one have failed, since somebody last had it or it was moved."""
        return self._failed.get(interaction_id, 0)

    def first(self, most: int) -> Sequence[str]:
        """Those that have been declined so often for longest."""
        return [name for _, name in zip(range(most), self._often, strict=False)]

    def _count(self, event: ev.OfferDeclined | ev.OfferExpired) -> None:
        name = event.interaction_id
        self._failed[name] = self._failed.get(name, 0) + 1
        if self._failed[name] == OFTEN:
            self._often[name] = None

    def _forget(self, event: Any) -> None:
        if self._failed.pop(event.interaction_id, 0) >= OFTEN:
            del self._often[event.interaction_id]
