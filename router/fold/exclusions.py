"""Folds of exclusions: who is not offered an interaction for a while, and when that is over."""

from __future__ import annotations

from collections.abc import Sequence

from router import events as ev
from router.fold.registry import Folds
from router.lifecycle import INTERACTION, following
from router.state import Exclusion, Interaction
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "exclude", "exclusion_timer", "forget_exclusions")


def exclude(
    world: World, interaction: Interaction, agent_id: str, until_ms: int, now_ms: int
) -> None:
    """Keep an interaction from an agent until then."""
    if until_ms > now_ms:
        exclusion = Exclusion(agent_id, until_ms)
        interaction.exclusions += (exclusion,)
        world.timers.add(exclusion_timer(interaction, exclusion))


def forget_exclusions(
    world: World, interaction: Interaction, ended: Sequence[Exclusion] | None = None
) -> None:
    """Nobody need be told when these (None: all) have run out."""
    for exclusion in interaction.exclusions if ended is None else ended:
        world.timers.cancel(exclusion_timer(interaction, exclusion))


def exclusion_timer(interaction: Interaction, exclusion: Exclusion) -> Timer:
    """When an exclusion is over."""
    key = (interaction.interaction_id, exclusion.agent_id)
    return Timer(exclusion.until_ms, TimerKind.EXCLUSION, key)


def _exclusion_ended(world: World, event: ev.ExclusionEnded, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    ended = [e for e in interaction.exclusions if e.agent_id == event.agent_id]
    forget_exclusions(world, interaction, ended)
    interaction.exclusions = tuple(e for e in interaction.exclusions if e not in ended)
    if event.interaction_id in world.index.queue:
        world.touched_interactions.add(event.interaction_id)


FOLDS: Folds = {ev.ExclusionEnded: _exclusion_ended}
