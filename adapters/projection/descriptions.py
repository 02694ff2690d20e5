"""How agents are described: what they can and may take, in the terms of a login, which replaces
all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from router.eligibility.profile import PROFILE
from router.lifecycle import AgentStatus
from router.policy import Policy
from router.scales import Scale, scale_of
from router.state import Agent, State

__all__ = ("DESCRIBING", "Descriptions", "presence_of")

DESCRIBING: Final = (
    *("skills", "inactive_skills", "capacity", "maximums", "share", "attributes", "profile"),
)
"""Fields of ``agent_login`` that take ``agents:write``."""


class Descriptions:
    """Tells what is known of agents, as a command would say it."""

    def __init__(self) -> None:
        self._scales: tuple[int, Mapping[str, Scale]] | None = None

    def of(self, state: State, agent: Agent) -> dict[str, Any]:
        """The fields of a login that leaves an agent as they are."""
        scales = self._scales_of(state)
        skills = {**agent.skills, **agent.inactive_skills}
        told = {name: scales[name].told(level) for name, level in skills.items() if name in scales}
        attributes = dict(agent.attributes)
        profile = attributes.pop(PROFILE, None)
        known = {
            "skills": told,
            "inactive_skills": [name for name in agent.inactive_skills if name in told],
            "capacity": agent.capacity,
            "maximums": agent.maximums,
            "share": agent.share,
            "attributes": attributes,
            "closed_channels": agent.closed_channels,
        }
        return known if profile is None else known | {"profile": profile}

    def _scales_of(self, state: State) -> Mapping[str, Scale]:
        if self._scales is None or self._scales[0] != state.policy_version:
            skills = Policy.model_validate(state.policy).skills
            scales = {
                name: scale_of(skill.levels, skill.lowest, skill.best)
                for name, skill in skills.items()
            }
            self._scales = (state.policy_version, scales)
        return self._scales[1]


def presence_of(agent: Agent, reason: str | None) -> dict[str, Any]:
    """What leaves an agent's presence as it is, in the terms of a login; ``reason`` is why they are
    unavailable, where that is known."""
    told = {"reason": reason} if reason else {}
    if agent.status is AgentStatus.NOT_RESPONDING or not agent.activity:
        is_available = agent.status is AgentStatus.AVAILABLE
        return {"state": "available" if is_available else "unavailable", **told}
    return {"activity": agent.activity, **told}
