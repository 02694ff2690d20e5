"""Decisions on notes: what somebody writes down about an interaction, open or over."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router import limits
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError

__all__ = ("note",)


def note(turn: Turn, command: cmd.Note) -> Outcome:
    """One note more, unless it is the last one once again."""
    state = turn.world.state
    name = command.interaction_id
    if name in state.interactions:
        notes = state.notes.get(name) or ()
        if notes and (notes[-1].author, notes[-1].text) == (command.author, command.text):
            return Outcome.REPEATED
        if len(notes) >= limits.NOTES_MAX:
            detail = f"{limits.NOTES_MAX} notes are kept of it already"
            raise CommandError("limit", detail, "interaction_id")
    elif name not in state.ended_interactions:
        raise unknown("interaction", name, (), field="interaction_id")
    turn.emit(
        ev.InteractionNoted(
            cause=turn.cause, interaction_id=name, text=command.text, author=command.author
        )
    )
    return Outcome.DONE
