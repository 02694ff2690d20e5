"""Decisions on suspension: interactions that are not for now."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.offers import rescind
from router.decide.steps import RETRY_MS, follow_workflow
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.lifecycle import LOOKING, InteractionState
from router.state import Interaction

__all__ = (
    "begin_to_wait",
    "check_suspension",
    "resume",
    "set_aside",
    "suspend",
    "suspension_over",
    "take_back",
)


def suspend(turn: Turn, command: cmd.Suspend) -> Outcome:
    """What waits is put aside; what was aside already is so on other terms."""
    check_suspension(command.suspension, "")
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state is InteractionState.SUSPENDED:
        event = _suspended(turn, interaction, command.suspension)
        if _is_so(turn, event):
            return Outcome.REPEATED
        take_back(turn, interaction)
    elif interaction.state not in LOOKING:
        detail = f"the interaction is {interaction.state}; requeue it with a suspension"
        raise CommandError("wrong_state", detail)
    rescind(turn, interaction.offers, "suspended")
    set_aside(turn, interaction, command.suspension)
    return Outcome.DONE


def resume(turn: Turn, command: cmd.Resume) -> Outcome:
    """What was put aside waits."""
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state in LOOKING:
        return Outcome.REPEATED
    if interaction.state is not InteractionState.SUSPENDED:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}, not suspended")
    turn.check_room(interaction.asked, interaction.attributes)
    _end_suspension(turn, interaction, "command")
    return Outcome.DONE


def suspension_over(turn: Turn, interaction: Interaction) -> None:
    """Its time has come: somebody is told, or it waits; later, where there is no room for it, or
    the customer may not be called now."""
    aside = turn.world.state.suspended[interaction.interaction_id]
    if _opens_ms(turn, interaction) > turn.now_ms:
        now = cmd.Suspension(turn.now_ms, aside.inbox or None, aside.keeps_place)
        set_aside(turn, interaction, now)
    elif aside.inbox:
        told = ev.InteractionDue(interaction_id=interaction.interaction_id, inbox=aside.inbox)
        turn.emit(told)
    elif turn.has_room(interaction.asked, interaction.attributes):
        _end_suspension(turn, interaction, "timer")
    else:
        until_ms = turn.now_ms + RETRY_MS
        again = cmd.Suspension(until_ms=until_ms, keep_place=aside.keeps_place)
        set_aside(turn, interaction, again)


def check_suspension(suspension: cmd.Suspension | None, field: str) -> None:
    """Refuse a suspension of which nobody could be told, in a field of that name."""
    if suspension is not None and suspension.inbox is not None and suspension.until_ms is None:
        path = f"{field}.until_ms" if field else "until_ms"
        raise CommandError("invalid", "say when the inbox is to be told", path)


def begin_to_wait(turn: Turn, interaction: Interaction, suspension: cmd.Suspension | None) -> None:
    """Let what is queued stand in its step, or be put aside; a callback until it may be made."""
    if suspension is None and _opens_ms(turn, interaction) > turn.now_ms:
        suspension = cmd.Suspension(until_ms=turn.now_ms)
    if suspension is None:
        follow_workflow(turn, interaction)
    else:
        set_aside(turn, interaction, suspension)


def set_aside(turn: Turn, interaction: Interaction, suspension: cmd.Suspension) -> None:
    """Let what waits, or is aside, be so from now on."""
    turn.emit(_suspended(turn, interaction, suspension))


def take_back(turn: Turn, interaction: Interaction) -> None:
    """Let what is aside wait, on a command's word, and leave its step for the caller to find."""
    turn.emit(_resumed(turn, interaction, "command"))


def _opens_ms(turn: Turn, interaction: Interaction) -> int:
    """When a customer of this channel may be called, from now on."""
    rule = turn.world.rules.callbacks.get(interaction.channel)
    return turn.now_ms if rule is None else rule.calling_ms(turn.now_ms)


def _end_suspension(turn: Turn, interaction: Interaction, ended_by: ev.SuspensionEnd) -> None:
    """Let a suspended interaction wait, in the step that is right for its age."""
    turn.emit(_resumed(turn, interaction, ended_by))
    follow_workflow(turn, interaction)


def _suspended(
    turn: Turn, interaction: Interaction, suspension: cmd.Suspension
) -> ev.InteractionSuspended:
    asked_ms = 0 if suspension.until_ms is None else max(1, suspension.until_ms)
    until_ms = _callable_ms(turn, interaction, asked_ms) if asked_ms else 0
    return ev.InteractionSuspended(
        cause=turn.cause,
        interaction_id=interaction.interaction_id,
        until_ms=until_ms,
        inbox=suspension.inbox or "",
        keeps_place=suspension.keep_place,
        reason=suspension.reason,
        asked_ms=asked_ms if until_ms != asked_ms else 0,
    )


def _callable_ms(turn: Turn, interaction: Interaction, asked_ms: int) -> int:
    """The time that is asked for, or the next at which the customer may be called."""
    rule = turn.world.rules.callbacks.get(interaction.channel)
    at_ms = max(asked_ms, turn.now_ms)
    if rule is None or (opens_ms := rule.calling_ms(at_ms)) == at_ms:
        return asked_ms
    return opens_ms


def _resumed(
    turn: Turn, interaction: Interaction, ended_by: ev.SuspensionEnd
) -> ev.InteractionResumed:
    now = turn.world.state.suspended[interaction.interaction_id]
    aside_ms = 0 if now.keeps_place else turn.now_ms - now.since_ms
    return ev.InteractionResumed(
        cause=turn.cause,
        interaction_id=interaction.interaction_id,
        origin_ms=interaction.origin_ms + aside_ms,
        ended_by=ended_by,
    )


def _is_so(turn: Turn, event: ev.InteractionSuspended) -> bool:
    now = turn.world.state.suspended[event.interaction_id]
    terms = (event.until_ms, event.inbox, event.keeps_place)
    return (now.until_ms, now.inbox, now.keeps_place) == terms
