"""Requirements with a time to live: when the first of them has had its time.

The timer runs while the interaction waits or is offered; it follows from what is asked and from the
age, so that nothing has to be remembered to take it out again.
"""

from __future__ import annotations

from router.lifecycle import LOOKING
from router.state import Interaction
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("expires_ms", "requirement_timer", "unwatch", "watch")


def expires_ms(interaction: Interaction) -> int:
    """When the first of its requirements has had its time; 0: none ever has."""
    lives = [asked.ttl_s for asked in interaction.asked if asked.ttl_s]
    return interaction.origin_ms + min(lives) * 1_000 if lives else 0


def watch(world: World, interaction: Interaction) -> None:
    """Set the timer, of what looks for an agent."""
    timer = requirement_timer(interaction)
    if timer is not None:
        world.timers.add(timer)


def unwatch(world: World, interaction: Interaction) -> None:
    """Take the timer out, before anything that it follows from is changed."""
    timer = requirement_timer(interaction)
    if timer is not None:
        world.timers.cancel(timer)


def requirement_timer(interaction: Interaction) -> Timer | None:
    """When something that is asked for has had its time; None: nothing ever has, or not now."""
    due_ms = expires_ms(interaction)
    if not due_ms or interaction.state not in LOOKING:
        return None
    return Timer(due_ms, TimerKind.REQUIREMENT, (interaction.interaction_id,))
