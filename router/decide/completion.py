"""Decisions on what is done: completion, and the wrap-up that comes after it."""

from __future__ import annotations

from typing import Final

from router import commands as cmd
from router import events as ev
from router.decide.activities import check_next, go_on_to
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import IN_HAND, InteractionState
from router.rules import ChannelRule

__all__ = ("complete", "end_wrap_up", "extend_wrap_up", "wrap_up")

_WRAP_UP: Final = frozenset((InteractionState.WRAP_UP,))


def complete(turn: Turn, command: cmd.Complete) -> Outcome:
    """The conversation is over; wrap-up begins, or is over at once where there is none."""
    if _is_done_by(turn, command.interaction_id, command.agent_id):
        return Outcome.REPEATED
    interaction = turn.owned_interaction(command.interaction_id, command.agent_id, IN_HAND)
    rule = turn.world.rules.channels[interaction.channel]
    is_active = interaction.state is InteractionState.ASSIGNED
    if command.wrap_up and not is_active:
        detail = f"the interaction is {interaction.state}: without capacity there is no wrap-up"
        raise CommandError("invalid", detail, "wrap_up")
    is_needed = is_active and _needs_wrap_up(rule, command.wrap_up)
    check_next(turn, command.agent_id, command.activity)
    accepted_ms = turn.world.state.assignments[command.interaction_id].accepted_ms
    turn.emit(
        ev.InteractionCompleted(
            cause=turn.cause,
            interaction_id=command.interaction_id,
            agent_id=command.agent_id,
            handled_ms=turn.now_ms - accepted_ms,
            wrap_up_until_ms=_until_ms(turn, rule) if is_needed else turn.now_ms,
            outcome=command.outcome,
        )
    )
    if not is_needed:
        wrap_up(turn, command.interaction_id, command.agent_id, ended_by="none")
    go_on_to(turn, command.agent_id, command.activity)
    return Outcome.DONE


def end_wrap_up(turn: Turn, command: cmd.EndWrapUp) -> Outcome:
    """The agent is ready before the time for wrap-up is over, if they may be."""
    ended = turn.world.state.ended_interactions.get(command.interaction_id)
    if ended is not None and ended.agent_id == command.agent_id:
        return Outcome.REPEATED
    interaction = turn.owned_interaction(command.interaction_id, command.agent_id, _WRAP_UP)
    until_ms = turn.world.state.assignments[command.interaction_id].wrap_up_until_ms
    if turn.world.rules.channels[interaction.channel].wrap_up == "forced" and until_ms:
        detail = f"wrap-up of {interaction.channel} takes its time, which ends at {until_ms}"
        raise CommandError("wrong_state", detail)
    check_next(turn, command.agent_id, command.activity)
    wrap_up(turn, command.interaction_id, command.agent_id, ended_by="agent")
    go_on_to(turn, command.agent_id, command.activity)
    return Outcome.DONE


def extend_wrap_up(turn: Turn, command: cmd.ExtendWrapUp) -> Outcome:
    """The agent gets more time, where time is what ends the wrap-up."""
    interaction = turn.owned_interaction(command.interaction_id, command.agent_id, _WRAP_UP)
    until_ms = turn.world.state.assignments[command.interaction_id].wrap_up_until_ms
    if turn.world.rules.channels[interaction.channel].wrap_up == "forced" or not until_ms:
        raise CommandError("wrong_state", f"wrap-up of {interaction.channel} is not extended")
    turn.emit(
        ev.InteractionWrapUpExtended(
            cause=turn.cause,
            interaction_id=command.interaction_id,
            agent_id=command.agent_id,
            wrap_up_until_ms=until_ms + command.extend_s * 1_000,
        )
    )
    return Outcome.DONE


def wrap_up(turn: Turn, interaction_id: str, agent_id: str, *, ended_by: ev.WrapUpEnd) -> None:
    """End a wrap-up: the interaction is completed and capacity is free."""
    turn.emit(
        ev.InteractionWrappedUp(
            cause=turn.cause, interaction_id=interaction_id, agent_id=agent_id, ended_by=ended_by
        )
    )


def _needs_wrap_up(rule: ChannelRule, wanted: bool | None) -> bool:  # noqa: FBT001  # as it came
    """Whether there is one, by the channel and by what the agent says."""
    if rule.wrap_up == "timed" and not rule.wrap_up_ms:
        return False
    if wanted is False and rule.wrap_up == "forced":
        raise CommandError("invalid", "the channel leaves no choice about wrap-up", "wrap_up")
    return rule.wrap_up != "on_request" if wanted is None else wanted


def _until_ms(turn: Turn, rule: ChannelRule) -> int:
    """When time ends a wrap-up that begins now; 0: it does not."""
    return turn.now_ms + rule.wrap_up_ms if rule.wrap_up_ms else 0


def _is_done_by(turn: Turn, interaction_id: str, agent_id: str) -> bool:
    state = turn.world.state
    ended = state.ended_interactions.get(interaction_id)
    if ended is not None:
        return ended.agent_id == agent_id
    assignment = state.assignments.get(interaction_id)
    interaction = state.interactions.get(interaction_id)
    return (
        assignment is not None
        and interaction is not None
        and interaction.state is InteractionState.WRAP_UP
        and assignment.agent_id == agent_id
    )
