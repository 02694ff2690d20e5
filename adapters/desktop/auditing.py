"""The audit entry of what a desktop says, which is written in one step with its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.actions import action_of_command
from adapters.audit.decisions import AUDITED
from adapters.audit.values import changed_part
from adapters.identity.principal import Principal
from adapters.privacy.marks import Marks
from adapters.privacy.redaction import redact
from router.command_terms import CommandBase
from router.state import State

__all__ = ("Caller", "audited", "is_audited")


class Caller(NamedTuple):
    """Who sits at a desktop, and where it is."""

    principal: Principal
    origin: Origin = Origin()


def is_audited(kind: type[CommandBase]) -> bool:
    """Whether a command stands in the audit."""
    return kind in AUDITED


def audited(
    caller: Caller, kind: type[CommandBase], command: Mapping[str, Any], state: State, marks: Marks
) -> bytes:
    """Who asks for what, from where, and what it changes, but for what is personal."""
    about_interaction = "interaction_id" in kind.__struct_fields__
    target = "interaction_id" if about_interaction else "agent_id"
    name = command.get(target)
    name = name if isinstance(name, str) else ""
    stood = _interaction(state, name) if about_interaction else _agent(state, name)
    after = _after(kind, command, target)
    before = {field: value for field, value in stood.items() if field in {*after, *_HELD}}
    was, became = changed_part(before, after)
    principal, resource = caller.principal, target.removesuffix("_id")
    return AuditEntry(
        actor=Actor(principal.subject, tuple(sorted(principal.roles)), principal.key_id),
        action=action_of_command(str(kind.__struct_config__.tag), resource),
        resource=resource,
        resource_id=name,
        origin=caller.origin,
        before=redact(was or {}, marks),
        after=redact(became or {}, marks),
    ).to_bytes()


_HELD: Final = ("state", "queue", "agent_id")
"""What is told of anything before it was changed: where it stood."""


def _after(kind: type[CommandBase], command: Mapping[str, Any], target: str) -> dict[str, Any]:
    """What it becomes; of what is no such command, and so changes nothing, only its type."""
    try:
        msgspec.convert(command, kind)
    except msgspec.ValidationError:
        return {"type": command["type"]}
    return {name: value for name, value in command.items() if name != target}


def _interaction(state: State, interaction_id: str) -> dict[str, Any]:
    interaction = state.interactions.get(interaction_id)
    if interaction is None:
        return {}
    assignment = state.assignments.get(interaction_id)
    stood = {"state": interaction.state.value, "queue": interaction.queue}
    return stood if assignment is None else stood | {"agent_id": assignment.agent_id}


def _agent(state: State, agent_id: str) -> dict[str, Any]:
    agent = state.agents.get(agent_id)
    if agent is None:
        return {}
    return {"state": agent.status.value, "closed_channels": sorted(agent.closed_channels)}
