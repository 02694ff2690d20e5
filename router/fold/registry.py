"""How folds are listed: one function per event type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from router.events import Event
from router.world import World

__all__ = ("Fold", "Folds", "ignore")

Fold: TypeAlias = Callable[[World, Any, int], None]
"""(world, event of its type, time of the record): changes the world."""

Folds: TypeAlias = dict[type[Event], Fold]


def ignore(world: World, event: Event, now_ms: int) -> None:
    """The fold of an event that is told, but changes nothing."""
