"""Decisions on the whole tenant: whether it takes new interactions."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn

__all__ = ("set_intake",)


def set_intake(turn: Turn, command: cmd.SetIntake) -> Outcome:
    """Open or close intake of new interactions."""
    state = turn.world.state
    if (state.intake_open, state.intake_reason) == (command.open, command.reason):
        return Outcome.REPEATED
    turn.emit(
        ev.IntakeChanged(
            cause=turn.cause,
            open=command.open,
            reason=command.reason,
            code=command.code,
            retry_after_ms=command.retry_after_ms,
        )
    )
    return Outcome.DONE
