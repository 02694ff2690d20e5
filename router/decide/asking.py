"""What an interaction asks for before any step of a workflow: set anew by updates and transfers."""

from __future__ import annotations

from router import events as ev
from router.commands import Requirement
from router.decide.turn import Turn
from router.state import Interaction

__all__ = ("ask_anew",)


def ask_anew(
    turn: Turn,
    interaction: Interaction,
    priority: int | None,
    requirements: tuple[Requirement, ...] | None,
) -> bool:
    """Let it ask for this from here on (None: as it did); whether that is anything else."""
    before = interaction.asked_priority, interaction.asked
    asked = (
        before[0] if priority is None else priority,
        before[1] if requirements is None else requirements,
    )
    if asked == before:
        return False
    turn.emit(
        ev.InteractionUpdated(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            priority=asked[0],
            requirements=asked[1],
        )
    )
    return True
