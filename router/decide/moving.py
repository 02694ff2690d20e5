"""Decisions by which what waits goes to another queue because somebody says so."""

from __future__ import annotations

from router import commands as cmd
from router.decide.offers import rescind
from router.decide.steps import follow_workflow, move
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import IN_HAND, LOOKING, InteractionState
from router.state import Interaction

__all__ = ("move_waiting",)


def move_waiting(turn: Turn, command: cmd.Move) -> Outcome:
    """It waits in that queue, in the workflow there, asking for what it asked for at first; whoever
    was asked just then was asked for the other queue."""
    interaction = turn.open_interaction(command.interaction_id)
    turn.check_queue(command.queue)
    if interaction.state not in LOOKING:
        raise CommandError("wrong_state", _why_not(interaction))
    if interaction.queue == command.queue:
        return Outcome.REPEATED
    turn.check_room(interaction.asked, interaction.attributes, "queue")
    rescind(turn, interaction.offers, "moved")
    move(turn, interaction, command.queue)
    follow_workflow(turn, interaction)
    return Outcome.DONE


def _why_not(interaction: Interaction) -> str:
    """What to do instead, in words."""
    if interaction.state in IN_HAND:
        return f"the interaction is {interaction.state}; transfer it"
    if interaction.state is InteractionState.SUSPENDED:
        return "the interaction is suspended; resume it first"
    return f"the interaction is {interaction.state}"
