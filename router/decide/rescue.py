"""Decisions on what nobody accepts: after so many offers it is for another queue."""

from __future__ import annotations

from router.decide.steps import follow_workflow, move
from router.decide.turn import Turn
from router.state import Interaction

__all__ = ("rescue",)


def rescue(turn: Turn, interaction: Interaction) -> None:
    """Move what has been declined or not answered too often, by the rule of its queue, as soon as
    there is room for what it asks there; open offers stand."""
    rule = turn.world.rules.rescues.get(interaction.queue)
    if rule is None:
        return
    declines = turn.world.state.declines.get(interaction.interaction_id, 0)
    if declines >= rule.after_declines and turn.has_room(interaction.asked, interaction.attributes):
        move(turn, interaction, rule.queue, declines=declines)
        follow_workflow(turn, interaction)
