"""Decisions on versions: what is carried out on condition of one, and who asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError, VersionMismatch
from router.state import Agent, Interaction
from router.versions import version_of

__all__ = ("carry_out_if", "inquire_version")


def carry_out_if(
    turn: Turn, command: cmd.Change, decision: Callable[[Turn, Any], Outcome]
) -> Outcome:
    """Decide on a command that names a version, if what it is about has that version.

    What is over or unknown has none: there the decision says what is wrong.
    """
    thing = _subject(turn, command)
    if thing is None:
        return decision(turn, command)
    version = version_of(turn.world.state, thing)
    if version != command.if_version:
        raise VersionMismatch(version)
    begin = len(turn.events)
    outcome = decision(turn, command)
    if outcome is Outcome.DONE:
        # it changes no state, and so may be told before what has happened since
        turn.events.insert(begin, _matched(turn, command, version))
    return outcome


def inquire_version(turn: Turn, command: cmd.InquireVersion) -> Outcome:
    """Somebody wants to change an interaction or an agent as they are now."""
    thing = _asked_about(turn, command)
    turn.emit(
        ev.VersionTold(
            cause=turn.cause,
            interaction_id=command.interaction_id or "",
            agent_id=command.agent_id or "",
            state=thing.state.value if isinstance(thing, Interaction) else thing.status.value,
            version=version_of(turn.world.state, thing),
            reply_to=command.reply_to or "",
            reply_json=turn.is_json,
            command_id=command.command_id,
        )
    )
    return Outcome.ANSWERED


def _subject(turn: Turn, command: cmd.Change) -> Interaction | Agent | None:
    """What a command would change; None if it is not there."""
    state = turn.world.state
    interaction_id: str | None = getattr(command, "interaction_id", None)
    if interaction_id is not None:
        return state.interactions.get(interaction_id)
    return state.agents.get(getattr(command, "agent_id", ""))


def _asked_about(turn: Turn, command: cmd.InquireVersion) -> Interaction | Agent:
    if (command.interaction_id is None) == (command.agent_id is None):
        raise CommandError("invalid", "give interaction_id or agent_id, one of the two")
    if command.interaction_id is not None:
        return turn.open_interaction(command.interaction_id)
    agent = turn.world.state.agents.get(command.agent_id or "")
    if agent is None:
        raise unknown("agent", command.agent_id or "", (), field="agent_id")
    return agent


def _matched(turn: Turn, command: cmd.Change, version: str) -> ev.VersionMatched:
    return ev.VersionMatched(
        cause=turn.cause,
        command=str(command.__struct_config__.tag),
        target=cmd.target_of(command),
        version=version,
    )
