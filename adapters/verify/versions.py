"""Versions: is what was told, matched or refused that of the interaction or agent just then?

Written from docs/protocol.md ("Versions") alone.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgpack

from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("VERSION_EVENTS", "check_refusal", "check_version")


def check_version(picture: Picture, event: Event, thing: Interaction | Agent) -> None:
    """Report a version in an event that is not that of a thing; none is told by old releases."""
    picture.findings.facts["versions"] += 1
    version = _version_of(thing)
    if event["version"] not in ("", version):
        name = "interaction_id" if isinstance(thing, Interaction) else "agent_id"
        ids = {name: getattr(thing, name)}
        message = f"{event['type']} says {event['version']!r}, expected {version!r}"
        picture.findings.add("version_wrong", message, **ids)


def check_refusal(picture: Picture, event: Event) -> None:
    """Whether a command that was refused for its version named another than the right one."""
    if event["code"] != "version_mismatch" or not event["cause"]:
        return
    thing = _target(picture, event)
    if thing is not None:
        check_version(picture, event, thing)
    if event["version"] in ("", event["if_version"]):
        message = f"{event['command']} named {event['if_version']!r}, and so is its version"
        picture.findings.add("version_refused_wrong", message)


def _matched(picture: Picture, event: Event) -> None:
    thing = _target(picture, event)
    if thing is not None:
        check_version(picture, event, thing)


def _told(picture: Picture, event: Event) -> None:
    thing = picture.interaction(event) if event["interaction_id"] else picture.agent(event)
    if thing is None:
        return
    check_version(picture, event, thing)
    if event["state"] != thing.state:
        message = f"it is told to be {event['state']!r}, and is {thing.state!r}"
        picture.findings.add("version_wrong", message)
    if event["reply_to"]:
        picture.tell_inbox(event, event["reply_to"])


def _target(picture: Picture, event: Event) -> Interaction | Agent | None:
    """What a command is about; reports it when there is no such thing."""
    if event["command"].startswith("agent_"):
        return picture.agent(event | {"agent_id": event["target"]})
    return picture.interaction(event | {"interaction_id": event["target"]})


def _version_of(thing: Interaction | Agent) -> str:
    values = _of_interaction(thing) if isinstance(thing, Interaction) else _of_agent(thing)
    packed = msgpack.packb(_in_order(values), unicode_errors="surrogateescape")
    return blake2b(packed, digest_size=8).hexdigest()


def _of_interaction(interaction: Interaction) -> list[Any]:
    aside = interaction.suspended
    return [
        interaction.interaction_id,
        interaction.sequence,
        interaction.state,
        interaction.queue,
        interaction.origin_ms,
        interaction.asked_priority,
        interaction.asked,
        interaction.owner,
        interaction.wrap_up_until_ms,
        None if aside is None else [aside.until_ms, aside.inbox, aside.keeps_place],
    ]


def _of_agent(agent: Agent) -> list[Any]:
    return [
        agent.agent_id,
        agent.state,
        agent.activity,
        agent.skills,
        agent.inactive,
        sorted(agent.closed),
        agent.capacity,
        agent.maximums,
        agent.share,
        agent.attributes,
    ]


def _in_order(value: Any) -> Any:
    """The same with the keys of all maps in the order of their bytes, which is that of Python."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list | tuple) else value


VERSION_EVENTS = {"version_matched": _matched, "version_told": _told}
"""What each event says of the picture."""
