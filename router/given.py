"""What an interaction came with, before any rule: that is what it is classified by, once more."""

from __future__ import annotations

from router.events import Given
from router.state import Interaction
from router.world import World

__all__ = ("given_of",)


def given_of(world: World, interaction: Interaction) -> Given | None:
    """What it came with; None where somebody has decided since what it asks for, or where it waits.

    Where no rule has added anything it came as it is; its queue was named, unless it is the one for
    what names none.
    """
    given = world.state.given
    if interaction.interaction_id in given:
        return given[interaction.interaction_id]
    named = "" if interaction.queue == world.rules.default_queue else interaction.queue
    label = world.state.labels.get(interaction.interaction_id, "")
    target_ms = world.state.targets.get(interaction.interaction_id, 0)
    return Given(named, interaction.asked_priority, interaction.asked, label, target_ms)
