"""Agents for a router of which nothing is known but its policy: skills are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from benchmarks.floor.agents import AgentProfile
from benchmarks.floor.randomness import random_stream

__all__ = ("recruit",)

DEFAULT_LEVELS: Final = 5


def recruit(
    count: int,
    policy: Mapping[str, Any],
    *,
    seed: int,
    skill_share: float,
    prefix: str = "agent",
) -> list[AgentProfile]:
    """``count`` agents who each hold a share of the policy's skills, at random levels.

    Every skill is held by somebody, as long as there are as many agents as skills.
    """
    random = random_stream(seed, "recruits")
    skills = policy.get("skills", {})
    names = list(skills)
    return [
        AgentProfile(
            agent_id=f"{prefix}-{number + 1:04d}",
            skills=_skills(skills, random, skill_share, sure=names[number % len(names)])
            if names
            else {},
        )
        for number in range(count)
    ]


def _skills(
    skills: Mapping[str, Mapping[str, Any]], random: Random, skill_share: float, *, sure: str
) -> dict[str, int]:
    return {
        name: random.randint(1, skill.get("levels", DEFAULT_LEVELS))
        for name, skill in skills.items()
        if name == sure or random.random() < skill_share
    }
