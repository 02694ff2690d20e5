"""Profiles as rules: what holds of their agents who say nothing else, in levels inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from router.policy import Policy
from router.scales import Scale, agent_level

__all__ = ("NO_PROFILE", "ProfileRule", "profiles_of")


class ProfileRule(NamedTuple):
    """What a profile gives; whatever it leaves out is as the policy has it."""

    skills: dict[str, int]
    capacity: int | None
    maximums: dict[str, int]


NO_PROFILE: Final = ProfileRule({}, None, {})


def profiles_of(policy: Policy, scales: Mapping[str, Scale]) -> dict[str, ProfileRule]:
    """What each profile of a policy gives."""
    return {
        name: ProfileRule(
            {skill: agent_level(scales[skill], told) for skill, told in one.skills.items()},
            one.capacity,
            one.maximums,
        )
        for name, one in policy.profiles.items()
    }
