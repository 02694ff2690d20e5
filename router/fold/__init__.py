"""The fold: how each event changes the world. Nothing else ever changes it."""

from __future__ import annotations

from router.events import Event
from router.fold import (
    agents,
    exclusions,
    groups,
    idle,
    interactions,
    offers,
    steps,
    suspension,
    tenant,
)
from router.fold.quiet import hear
from router.fold.registry import Folds
from router.world import World

__all__ = ("FOLDS", "fold")

FOLDS: Folds = {
    **tenant.FOLDS,
    **groups.FOLDS,
    **agents.FOLDS,
    **interactions.FOLDS,
    **exclusions.FOLDS,
    **steps.FOLDS,
    **suspension.FOLDS,
    **idle.FOLDS,
    **offers.FOLDS,
}


def fold(world: World, event: Event, now_ms: int) -> None:
    """Apply one event; ``now_ms`` is the time of its record.

    Raises :class:`router.errors.InvariantError` when the event cannot happen in this state.
    """
    if world.migration is not None:
        world.migration.before(event)
    FOLDS[type(event)](world, event, now_ms)
    if world.listens:
        hear(world, event, now_ms)
