"""Decisions on callbacks: attempts that have failed, and the moments at which there may be one."""

from __future__ import annotations

from typing import Final

from router import commands as cmd
from router import events as ev
from router.callbacks import CallbackRule
from router.decide.handover import give_back
from router.decide.overflow import divert
from router.decide.suspension import set_aside, take_back
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import IN_HAND, InteractionState
from router.state import Interaction

__all__ = ("retry",)

RULE: Final = "attempts_max"
"""The rule by which a callback that has failed too often is told of."""


def retry(turn: Turn, command: cmd.Retry) -> Outcome:
    """The customer was not reached: tried again later, or given up after the last attempt."""
    interaction = turn.open_interaction(command.interaction_id)
    rule = turn.world.rules.callbacks.get(interaction.channel)
    if rule is None:
        detail = f"channel {interaction.channel!r} has no callbacks in the policy"
        raise CommandError("invalid", detail, "interaction_id")
    if interaction.state is InteractionState.SUSPENDED:
        if turn.world.state.suspended[interaction.interaction_id].until_ms:
            return _not_yet(turn, interaction)
        _fail(turn, interaction, command, "")
        take_back(turn, interaction)
    else:
        agent_id = command.agent_id or ""
        turn.owned_interaction(interaction.interaction_id, agent_id, IN_HAND)
        _fail(turn, interaction, command, agent_id)
        give_back(turn, interaction, agent_id, command.reason)
    _go_on(turn, interaction, command, rule)
    return Outcome.DONE


def _not_yet(turn: Turn, interaction: Interaction) -> Outcome:
    """The time of the next attempt is set; was it by this command, when it came before?"""
    if interaction.interaction_id in turn.world.state.attempts:
        return Outcome.REPEATED
    raise CommandError("wrong_state", "the interaction is suspended, and its time has not come")


def _fail(turn: Turn, interaction: Interaction, command: cmd.Retry, agent_id: str) -> None:
    before = turn.world.state.attempts.get(interaction.interaction_id) or 0
    turn.emit(
        ev.AttemptFailed(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            attempt=before + 1,
            agent_id=agent_id,
            reason=command.reason,
        )
    )


def _go_on(turn: Turn, interaction: Interaction, command: cmd.Retry, rule: CallbackRule) -> None:
    """Of what waits now: aside until the next attempt, or out after the last."""
    attempts = turn.world.state.attempts[interaction.interaction_id]
    if attempts >= rule.attempts_max:
        divert(turn, interaction, rule.divert, rule.inbox, RULE, attempts=attempts)
        return
    after_ms = rule.retry_after_ms if command.retry_s is None else command.retry_s * 1_000
    until_ms = turn.now_ms + after_ms
    aside = cmd.Suspension(until_ms, command.inbox, command.keep_place, command.reason)
    set_aside(turn, interaction, aside)
