"""Decisions on work that an agent gives away: back to the queue, to another one, or to somebody."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.asking import ask_anew
from router.decide.direct import Gift, check_gift, give
from router.decide.steps import follow_workflow, move
from router.decide.suspension import begin_to_wait, check_suspension
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import IN_HAND
from router.state import Interaction

__all__ = ("give_back", "requeue", "transfer")


def requeue(turn: Turn, command: cmd.Requeue) -> Outcome:
    """What an agent has in hand waits again, its age kept, or is put aside first."""
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state not in IN_HAND:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}, not assigned")
    check_suspension(command.suspension, "suspension")
    agent_id = turn.world.state.assignments[command.interaction_id].agent_id
    give_back(turn, interaction, agent_id, command.reason)
    begin_to_wait(turn, interaction, command.suspension)
    return Outcome.DONE


def transfer(turn: Turn, command: cmd.Transfer) -> Outcome:
    """An agent hands over what they have in hand."""
    interaction = turn.owned_interaction(command.interaction_id, command.agent_id, IN_HAND)
    gift = _checked(turn, interaction, command)
    asked = command.requirements
    requirements = None if asked is None else turn.asked(asked, interaction.attributes)
    retry_ms = turn.world.rules.decline_retry_ms
    until_ms = turn.now_ms + retry_ms if retry_ms else 0
    give_back(turn, interaction, command.agent_id, command.reason, excluded_until_ms=until_ms)
    if command.queue is not None and command.queue != interaction.queue:
        move(turn, interaction, command.queue)
    ask_anew(turn, interaction, command.priority, requirements)
    if gift is None:
        follow_workflow(turn, interaction)
    else:
        if not gift.at_once:
            follow_workflow(turn, interaction, stays=True)
        give(turn, interaction, gift)
    return Outcome.DONE


def _checked(turn: Turn, interaction: Interaction, command: cmd.Transfer) -> Gift | None:
    """To whom it goes, if to somebody; CommandError where it can go nowhere."""
    if command.queue is None and command.to_agent is None:
        raise CommandError("invalid", "say to which queue, to which agent, or both", "queue")
    if command.queue is not None:
        turn.check_queue(command.queue)
    if command.to_agent is None:
        if command.at_once:
            raise CommandError("invalid", "to whom, at once?", "to_agent")
        return None
    if command.to_agent == command.agent_id:
        raise CommandError("invalid", "an agent cannot hand over to themselves", "to_agent")
    gift = Gift(command.to_agent, command.over_capacity, command.at_once)
    label = turn.world.index.label_of(interaction)
    check_gift(turn, interaction.channel, label, gift, "to_agent")
    return gift


def give_back(
    turn: Turn,
    interaction: Interaction,
    agent_id: str,
    reason: str,
    *,
    excluded_until_ms: int = 0,
    history_ppm: int = 0,
) -> None:
    """Let what an agent has in hand be theirs no longer; it waits."""
    turn.emit(
        ev.InteractionRequeued(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            agent_id=agent_id,
            reason=reason,
            excluded_until_ms=excluded_until_ms,
            history_ppm=history_ppm,
        )
    )
