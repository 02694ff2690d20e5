"""Commands as they were before the engine took them in, from the events that they caused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from router import events as ev
from router.commands import (
    AgentLogin,
    AgentSkills,
    AskedLink,
    AskedRequirement,
    Create,
    HistoryFact,
    Requirement,
)
from router.eligibility.profile import PROFILE
from router.policy import History
from router.rules import Rules
from router.scales import Scale
from scoring.fit import FULL_PPM

__all__ = (
    "change_of_skills",
    "facts_for",
    "login_of",
    "matter_of",
    "packed_history",
    "told_create",
    "told_requirements",
)

CACHED: Final = 4_096


def told_create(event: ev.InteractionCreated, rules: Rules) -> Create:
    """The command that brought it in. Journals of earlier releases have its history as terms only.

    What rules have added is left out, so that another policy's rules may add their own.
    """
    given = event.given
    queue: str | None = event.overflowed[0] if event.overflowed else event.queue
    priority, asked, label = event.priority, event.requirements, event.label
    target_ms = event.target_ms
    if given is not None:
        queue, priority, asked = given.queue or None, given.priority, given.requirements
        label, target_ms = given.label, given.target_ms
    elif queue == rules.default_queue:
        queue = None
    link = event.link
    return Create(
        interaction_id=event.interaction_id,
        channel=event.channel,
        queue=queue,
        customer_id=event.customer_id,
        conversation_id=event.conversation_id,
        priority=priority,
        requirements=told_requirements(asked, rules),
        attributes=event.attributes,
        excluded_agents=event.excluded_agents,
        origin_ms=event.origin_ms if event.origin_ms != event.created_ms else None,
        target_s=target_ms / 1_000 if target_ms else None,
        label=label or None,
        history=event.history,
        link=None if link is None else AskedLink(link.interaction_id, link.kind),
        producer=event.producer,
    )


def told_requirements(asked: tuple[Requirement, ...], rules: Rules) -> tuple[AskedRequirement, ...]:
    """What was asked for, in the levels of the skills' scales."""
    return tuple(_told(one, rules.scales) for one in asked)


def _told(one: Requirement, scales: Mapping[str, Scale]) -> AskedRequirement:
    level: int | str | None = None
    level_max: int | str | None = None
    if one.skill:
        scale = scales[one.skill]
        level = scale.told(one.level)
        level_max = scale.told(one.level_max) if one.op == "between" else None
    return AskedRequirement(
        skill=one.skill,
        op=one.op,
        level=level,
        level_max=level_max,
        hard=one.hard,
        weight=one.weight,
        all_of=None if one.all_of is None else tuple(_told(each, scales) for each in one.all_of),
        any_of=None if one.any_of is None else tuple(_told(each, scales) for each in one.any_of),
        negated=None if one.negated is None else _told(one.negated, scales),
        expression=one.expression,
        ttl_s=one.ttl_s,
        expedite=one.expedite,
    )


def matter_of(asked: tuple[Requirement, ...]) -> str:
    """The first skill that is asked for ("": none)."""
    return next((one.skill for one in asked if one.skill), "")


def _skills_of(
    event: ev.AgentLoggedIn | ev.AgentSkillsChanged, rules: Rules, profile: str | None
) -> dict[str, Any]:
    """The skills that an agent named, as fields of a command: without what the profile gives."""
    given = rules.profiles[profile].skills if profile in rules.profiles else {}
    levels = {**event.skills, **event.inactive_skills}
    return {
        "skills": {
            skill: rules.scales[skill].told(level)
            for skill, level in levels.items()
            if given.get(skill) != level or skill in event.inactive_skills
        },
        "inactive_skills": tuple(event.inactive_skills),
    }


def login_of(event: ev.AgentLoggedIn, rules: Rules) -> AgentLogin:
    """The command with which an agent came; whether they were available is still to be said."""
    attributes = dict(event.attributes)
    name = attributes.pop(PROFILE, None)
    profile = name if isinstance(name, str) and name in rules.profiles else None
    return AgentLogin(
        agent_id=event.agent_id,
        inbox=event.inbox,
        capacity=event.capacity,
        maximums=event.maximums,
        share=event.share,
        attributes=attributes,
        closed_channels=event.closed_channels,
        profile=profile,
        **_skills_of(event, rules, profile),
    )


def change_of_skills(
    event: ev.AgentSkillsChanged, rules: Rules, profile: str | None
) -> AgentSkills:
    """The command that changed an agent's skills."""
    return AgentSkills(agent_id=event.agent_id, **_skills_of(event, rules, profile))


@lru_cache(CACHED)
def facts_for(preferred: tuple[tuple[str, int], ...], history: bytes) -> tuple[HistoryFact, ...]:
    """Facts that have these history terms (ppm) under what a policy says of history (packed).

    A term above what one fact is worth is made of several; what nothing is worth cannot be told.
    """
    document = msgspec.msgpack.decode(history)
    kind, strength = max(document.items(), key=lambda item: item[1])
    worth = round(strength * FULL_PPM)
    facts: list[HistoryFact] = []
    for agent_id, term in preferred:
        left = term if worth else 0
        while left > 0:
            part = min(left, worth)
            facts.append(HistoryFact(agent_id, kind, score=min(1.0, (part + 1) / worth)))
            left -= part
    return tuple(facts)


def packed_history(history: History) -> bytes:
    """What a policy says facts are worth, as :func:`facts_for` wants it."""
    kinds = ("last_agent", "owner", "outcome")
    return msgspec.msgpack.encode({kind: getattr(history, kind) for kind in kinds})
