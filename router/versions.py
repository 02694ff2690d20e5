"""Versions: what an interaction or an agent is at the moment, in sixteen characters.

A version is worked out when somebody asks for it, from what stands in the state, so that nothing is
kept for it. Equal content has an equal version: what was changed and is as before has the version
that it had. docs/protocol.md ("Versions") says what counts, and how it is written to be hashed.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from router.state import Agent, Interaction, State

__all__ = ("version_of",)

_pack = msgspec.msgpack.Encoder(order="sorted").encode


def version_of(state: State, thing: Interaction | Agent) -> str:
    """The version of an open interaction, or of an agent, in a state that was folded."""
    content = _interaction(state, thing) if isinstance(thing, Interaction) else _agent(thing)
    return blake2b(_pack(content), digest_size=8).hexdigest()


def _interaction(state: State, interaction: Interaction) -> list[Any]:
    """What somebody has said of it, or done; nothing that time or a workflow's step has."""
    held = state.assignments.get(interaction.interaction_id)
    aside = state.suspended.get(interaction.interaction_id)
    return [
        interaction.interaction_id,
        interaction.sequence,
        interaction.state.value,
        interaction.queue,
        interaction.origin_ms,
        interaction.asked_priority,
        interaction.asked,
        "" if held is None else held.agent_id,
        0 if held is None else held.wrap_up_until_ms,
        None if aside is None else [aside.until_ms, aside.inbox, aside.keeps_place],
    ]


def _agent(agent: Agent) -> list[Any]:
    """What the agent can, takes and does; nothing of the work in hand."""
    return [
        agent.agent_id,
        agent.status.value,
        agent.activity,
        agent.skills,
        agent.inactive_skills,
        sorted(agent.closed_channels),
        agent.capacity,
        agent.maximums,
        agent.share,
        agent.attributes,
    ]
