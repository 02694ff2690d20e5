"""Decisions on what somebody asks about a wait, and on how long a queue's is."""

from __future__ import annotations

from queues.waits import Wait, expected_wait
from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import LOOKING, InteractionState
from router.versions import version_of

__all__ = ("inquire", "wait_at")


def inquire(turn: Turn, command: cmd.Inquire) -> Outcome:
    """Somebody wants to know where an interaction stands, and how long it will wait."""
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state not in LOOKING:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}; it must wait")
    queue, position, wait = interaction.queue, 0, None
    if interaction.state is InteractionState.QUEUED:
        position = turn.world.index.place_of(interaction.interaction_id, turn.now_ms)
        wait = wait_at(turn, queue, position)
    turn.emit(
        ev.WaitEstimated(
            cause=turn.cause,
            interaction_id=command.interaction_id,
            queue=queue,
            position=position,
            waiting=turn.world.index.waiting_in(queue),
            wait_ms=None if wait is None else wait.wait_ms,
            wait_ms_low=None if wait is None else wait.low_ms,
            wait_ms_high=None if wait is None else wait.high_ms,
            version=version_of(turn.world.state, interaction),
            reply_to=command.reply_to or "",
            reply_json=turn.is_json,
            command_id=command.command_id,
        )
    )
    return Outcome.ANSWERED


def wait_at(turn: Turn, queue: str, place: int) -> Wait | None:
    """How long whoever stands at this place of a queue will wait; None: too little is known."""
    return expected_wait(turn.world.state.departures.get(queue), place, turn.now_ms)
