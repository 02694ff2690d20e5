"""Logins of desktops: what a hello says, and what is known of an agent who is logged in already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.desktop.messages import Hello
from router.eligibility.profile import PROFILE
from router.lifecycle import AgentStatus
from router.policy import Policy
from router.scales import Scale, scale_of
from router.state import Agent, State

__all__ = ("Logins",)


class Logins:
    """Makes ``agent_login`` commands for desktops of one inbox."""

    def __init__(self, inbox: str) -> None:
        self._inbox = inbox
        self._scales: tuple[int, Mapping[str, Scale]] | None = None

    def command(
        self, state: State, agent_id: str, hello: Hello, encoding: str
    ) -> dict[str, Any] | None:
        """The login that a hello takes; None where the agent is logged in at this inbox, in this
        encoding, and the hello changes nothing."""
        agent = state.agents.get(agent_id)
        if agent is None or agent.status is AgentStatus.OFFLINE:
            return self._login(agent_id, encoding) | hello.login
        is_here = (agent.inbox, agent.encoding) == (self._inbox, encoding)
        if is_here and not hello.login:
            return None
        return self._login(agent_id, encoding) | self._known(state, agent, hello) | hello.login

    def _login(self, agent_id: str, encoding: str) -> dict[str, Any]:
        return {
            "type": "agent_login",
            "agent_id": agent_id,
            "inbox": self._inbox,
            "encoding": encoding,
        }

    def _known(self, state: State, agent: Agent, hello: Hello) -> dict[str, Any]:
        """What the agent keeps, in the terms of a command: a login would replace it."""
        scales = self._scales_of(state)
        skills = {**agent.skills, **agent.inactive_skills}
        told = {name: scales[name].told(level) for name, level in skills.items() if name in scales}
        attributes = dict(agent.attributes)
        profile = attributes.pop(PROFILE, None)
        known = {
            "skills": told,
            "capacity": agent.capacity,
            "maximums": agent.maximums,
            "share": agent.share,
            "attributes": attributes,
            "closed_channels": agent.closed_channels,
        }
        if hello.skills is None:
            known["inactive_skills"] = [name for name in agent.inactive_skills if name in told]
        if profile is not None:
            known["profile"] = profile
        if hello.state is None and hello.activity is None:
            known |= _presence(agent)
        return known

    def _scales_of(self, state: State) -> Mapping[str, Scale]:
        if self._scales is None or self._scales[0] != state.policy_version:
            skills = Policy.model_validate(state.policy).skills
            scales = {
                name: scale_of(skill.levels, skill.lowest, skill.best)
                for name, skill in skills.items()
            }
            self._scales = (state.policy_version, scales)
        return self._scales[1]


def _presence(agent: Agent) -> dict[str, Any]:
    """What leaves the agent's state as it is."""
    if agent.status is AgentStatus.NOT_RESPONDING or not agent.activity:
        is_available = agent.status is AgentStatus.AVAILABLE
        return {"state": "available" if is_available else "unavailable"}
    return {"activity": agent.activity}
