"""Events of agents: who is there, and with what."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from router.commands import AttributeValue
from router.events.base import EventBase

__all__ = (
    "AgentActivityChanged",
    "AgentAttributesChanged",
    "AgentAvailable",
    "AgentCapacityChanged",
    "AgentChannelsChanged",
    "AgentLoggedIn",
    "AgentLoggedOut",
    "AgentNotResponding",
    "AgentSkillsChanged",
    "AgentUnavailable",
)


class AgentLoggedIn(EventBase, frozen=True, tag="agent_logged_in", gc=True):
    """An agent signed in. Who was away is unavailable until an ``agent_available`` event.

    ``skills`` are those that count, ``inactive_skills`` those that do not for now.
    """

    agent_id: str
    inbox: str
    capacity: int
    encoding: Literal["msgpack", "json"] = "msgpack"
    skills: dict[str, int] = field(default_factory=dict)
    maximums: dict[str, int] = field(default_factory=dict)
    share: int = 1
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    inactive_skills: dict[str, int] = field(default_factory=dict)
    closed_channels: tuple[str, ...] = ()


class AgentLoggedOut(EventBase, frozen=True, tag="agent_logged_out"):
    """An agent signed out."""

    agent_id: str
    reason: str = ""


class AgentAvailable(EventBase, frozen=True, tag="agent_available"):
    """The agent may be offered work from now on; idle time begins."""

    agent_id: str
    reason: str = ""


class AgentUnavailable(EventBase, frozen=True, tag="agent_unavailable"):
    """The agent is logged in and takes no work."""

    agent_id: str
    reason: str = ""


class AgentNotResponding(EventBase, frozen=True, tag="agent_not_responding"):
    """The agent let an offer expire; gets none until ``agent_state`` says available."""

    agent_id: str
    offer_id: str


class AgentActivityChanged(EventBase, frozen=True, tag="agent_activity_changed"):
    """What the agent says that they do, one of the policy's activities; "": nothing was said.

    Whether they are available stands in events of its own.
    """

    agent_id: str
    activity: str


class AgentSkillsChanged(EventBase, frozen=True, tag="agent_skills_changed", gc=True):
    """The agent's skills, whole: those that count, and those that do not for now."""

    agent_id: str
    skills: dict[str, int]
    inactive_skills: dict[str, int] = field(default_factory=dict)


class AgentChannelsChanged(EventBase, frozen=True, tag="agent_channels_changed"):
    """The channels on which the agent takes nothing for now, whole."""

    agent_id: str
    closed_channels: tuple[str, ...]


class AgentAttributesChanged(EventBase, frozen=True, tag="agent_attributes_changed", gc=True):
    """The agent's attributes, whole."""

    agent_id: str
    attributes: dict[str, AttributeValue]


class AgentCapacityChanged(EventBase, frozen=True, tag="agent_capacity_changed", gc=True):
    """The agent's capacity limits and share, whole."""

    agent_id: str
    capacity: int
    maximums: dict[str, int]
    share: int = 1
