"""Versions by the page (docs/protocol.md), from what the naive state knows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgpack
import msgspec

from router import commands as cm
from router import events as ev
from tests.oracle.asked import EFFECT
from tests.oracle.floor import Floor
from tests.oracle.things import Agent, Interaction


def version_of(thing: Interaction | Agent) -> str:
    """The version of what is open, or of who is known."""
    values = _of_interaction(thing) if isinstance(thing, Interaction) else _of_agent(thing)
    return blake2b(msgpack.packb(_sorted(values)), digest_size=8).hexdigest()


def subject_of(floor: Floor, command: cm.Command) -> Interaction | Agent | None:
    """What a command is about, if it has a version."""
    name = getattr(command, "interaction_id", None)
    if name is not None:
        interaction = floor.interactions.get(name)
        return None if interaction is None or interaction.ended else interaction
    agent = floor.agents.get(getattr(command, "agent_id", ""))
    return None if agent is None or not agent.known else agent


def version_now(floor: Floor, command: cm.Command) -> str:
    """The version on which it depends whether a command is carried out; "": on none."""
    named = isinstance(command, cm.Change) and command.if_version is not None
    thing = subject_of(floor, command) if named else None
    return "" if thing is None else version_of(thing)


def version_of_policy(floor: Floor) -> str:
    """That of the policy in force, or of the one that is on its way."""
    version = 0 if floor.rules is None else floor.in_force.version
    return str(version + (floor.announced is not None))


def check_condition(
    command: cm.Command, version: str, outcome: str, caused: Sequence[ev.Event]
) -> None:
    """What came of a command tells the version on which it depended, and no other."""
    matched = [event for event in caused if isinstance(event, ev.VersionMatched)]
    if version and outcome == EFFECT:
        assert len(matched) == 1, f"{command} caused {caused}"
        told = matched[0]
        assert told is caused[0], "the condition stands before what follows from it"
        assert told.version == version
        assert (told.command, told.target) == (
            str(command.__struct_config__.tag),
            getattr(command, "interaction_id", "") or getattr(command, "agent_id", ""),
        )
        return
    assert not matched
    if isinstance(caused[0], ev.Rejected):
        asked = getattr(command, "if_version", "")
        if isinstance(command, cm.ReplacePolicy) and outcome == "version_mismatch":
            assert caused[0].if_version == asked != caused[0].version
            return
        right = (asked, version) if outcome == "version_mismatch" else ("", "")
        assert (caused[0].if_version, caused[0].version) == right


def _of_interaction(interaction: Interaction) -> list[Any]:
    aside = (interaction.due_ms, interaction.due_inbox, interaction.keeps_place)
    return [
        interaction.interaction_id,
        interaction.sequence,
        interaction.state,
        interaction.queue,
        interaction.origin_ms,
        interaction.asked_priority,
        msgspec.to_builtins(interaction.asked),
        interaction.agent_id,
        interaction.wrap_up_until_ms,
        aside if interaction.state == "suspended" else None,
    ]


def _of_agent(agent: Agent) -> list[Any]:
    return [
        agent.agent_id,
        "offline" if agent.state == "logged_out" else agent.state,
        agent.activity,
        agent.skills,
        agent.inactive,
        agent.closed,
        agent.capacity,
        agent.maximums,
        agent.share,
        agent.attributes,
    ]


def _sorted(value: Any) -> Any:
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value, key=str.encode)}
        case frozenset():
            return sorted(value, key=str.encode)
        case list() | tuple():
            return [_sorted(one) for one in value]
        case _:
            return value
