"""Carrying out what a desktop says: as a command of its agent, and nobody else's."""

from __future__ import annotations

from typing import Any

from adapters.desktop.auditing import Caller, audited, is_audited
from adapters.desktop.desks import Desks
from adapters.desktop.messages import COMMANDS, SAY, Said
from adapters.desktop.outcome import Outcome, Refused, outcome_of
from adapters.desktop.protocol import Carry
from adapters.desktop.saying import say_to_customer
from adapters.submitting.verdict import Overloaded, Undecided
from router.errors import StoreUnavailable
from router.state import State

__all__ = ("carry_out",)


async def carry_out(desks: Desks, agent_id: str, asked: Carry, caller: Caller) -> Outcome:
    """Carry out what an agent's desktop has said."""
    try:
        if asked.name == SAY:
            return await say_to_customer(desks, agent_id, asked.fields, caller)
        return await _command_out(desks, agent_id, asked, caller)
    except Undecided as error:
        return Outcome(refused=Refused("undecided", str(error)))
    except Overloaded as error:
        return Outcome(refused=Refused("busy", str(error)))
    except StoreUnavailable as error:
        return Outcome(refused=Refused("store_unavailable", str(error)))
    except (OverflowError, TypeError):
        return Outcome(refused=Refused("invalid", "a number is too large: integers have 64 bits"))


async def _command_out(desks: Desks, agent_id: str, asked: Carry, caller: Caller) -> Outcome:
    said = COMMANDS[asked.name]
    if said.is_about_own_work and not _has(desks.projection.state, agent_id, asked.fields):
        detail = "the interaction is not with you"
        return Outcome(refused=Refused("not_yours", detail, "interaction_id"))
    command = _command(said, agent_id, asked.fields)
    entry = _entry(desks, caller, said, command)
    return outcome_of(await desks.submitter.submit(command, audit=entry))


def _command(said: Said, agent_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    command = {"type": str(said.kind.__struct_config__.tag), **fields}
    if said.names_agent:
        command["agent_id"] = agent_id
    if "author" in said.kind.__struct_fields__:
        command["author"] = agent_id
    return command


def _entry(desks: Desks, caller: Caller, said: Said, command: dict[str, Any]) -> bytes | None:
    if not is_audited(said.kind):
        return None
    return audited(caller, said.kind, command, desks.projection.state, desks.marks)


def _has(state: State, agent_id: str, fields: dict[str, Any]) -> bool:
    """Whether an interaction is the agent's, or offered to them."""
    interaction_id = fields.get("interaction_id")
    if not isinstance(interaction_id, str):
        return True  # the router says what is wrong with it
    assignment = state.assignments.get(interaction_id)
    if assignment is not None:
        return assignment.agent_id == agent_id
    agent = state.agents.get(agent_id)
    return agent is not None and interaction_id in agent.held
