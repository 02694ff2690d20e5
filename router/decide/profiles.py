"""An agent's routing profile: where it is named, and what it gives who says nothing else."""

from __future__ import annotations

from router.commands import AttributeValue
from router.decide.turn import Turn, unknown
from router.eligibility.profile import PROFILE
from router.profiles import NO_PROFILE, ProfileRule
from router.state import Agent

__all__ = ("check_profile", "defaults_of", "profile_of", "with_profile")


def check_profile(turn: Turn, name: str | None) -> None:
    """The profile is one of the policy's, or CommandError."""
    known = turn.world.rules.profiles
    if name is not None and name not in known:
        raise unknown("profile", name, known, field="profile")


def profile_of(agent: Agent) -> str | None:
    """The name of an agent's profile; the policy in force may have none of that name any more."""
    name = agent.attributes.get(PROFILE)
    return name if isinstance(name, str) else None


def defaults_of(turn: Turn, name: str | None) -> ProfileRule:
    """What holds of agents of a profile who say nothing else."""
    return turn.world.rules.profiles.get(name or "", NO_PROFILE)


def with_profile(
    attributes: dict[str, AttributeValue], name: str | None
) -> dict[str, AttributeValue]:
    """Attributes as expressions read them, the profile among them."""
    return attributes if name is None else {**attributes, PROFILE: name}
