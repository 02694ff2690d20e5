"""The policy of a scenario: its own, completed by what its types and agents need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from adapters.documents.faults import near
from adapters.documents.policy_file import load_policy, parse_policy_text
from benchmarks.scenario.document import ContactType, Scenario
from benchmarks.scenario.errors import ScenarioError
from router.eligibility.plan import skills_in
from router.eligibility.tree import nodes_of
from router.policy import Policy, parse_policy
from router.requirements import AskedRequirement

__all__ = ("QUEUE", "completed_policy", "policy_of")

QUEUE: Final = "contacts"
"""The queue of types that name none, in a policy that is made for them."""

OFFER_TTL_S: Final = 3_600.0
ANSWERED_TTL_S: Final = 20.0
LEVELS_MIN: Final = 5


def policy_of(scenario: Scenario, base: Path | None = None) -> dict[str, Any]:
    """A whole, valid document: what the scenario says, and what it lacks made from its types.

    Raises :class:`router.errors.PolicyError`, and :class:`ScenarioError` for names that the policy
    does not have.
    """
    document = _own(scenario, base or Path())
    document.setdefault("name", scenario.name)
    if "channels" not in document:
        document["channels"] = _channels(scenario)
    if "queues" not in document:
        queues = {kind.queue or QUEUE for kind in scenario.types.values()}
        document["queues"] = {name: {} for name in sorted(queues)}
        if QUEUE in queues:
            document.setdefault("default_queue", QUEUE)
    if len(document["queues"]) == 1:
        document.setdefault("default_queue", next(iter(document["queues"])))
    if "skills" not in document:
        document["skills"] = _skills(scenario)
    _say_for_all(scenario, document)
    _check_names(scenario, parse_policy(document))
    return document


def completed_policy(scenario: Scenario, base: Path) -> Scenario:
    """The same with its whole policy in it: it needs no other file any more."""
    spoken = dict.fromkeys(("strategy", "order", "weights", "urgency"))
    return scenario.model_copy(update={"policy": policy_of(scenario, base), **spoken})


def _own(scenario: Scenario, base: Path) -> dict[str, Any]:
    if isinstance(scenario.policy, str):
        policy = load_policy(base / scenario.policy)
        return policy.model_dump(mode="json", exclude_unset=True)
    given = dict(scenario.policy or {})
    if "channels" in given and "queues" in given:
        policy = parse_policy_text(yaml.safe_dump(given), "policy").policy
        return policy.model_dump(mode="json", exclude_unset=True)
    return given


def _channels(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """One contact at a time, and nobody's offer runs out whose answer is not simulated."""
    asked = any(person.worker.answer or person.worker.no_answer_share for person in scenario.people)
    ttl_s = ANSWERED_TTL_S if asked else OFFER_TTL_S
    channels: dict[str, dict[str, Any]] = {}
    for name, kind in scenario.types.items():
        target_s = max(0.1, *scenario.thresholds_of(name)[:1], 0.1)
        made = {"exclusive": True, "offer_ttl_s": ttl_s, "target_s": target_s}
        channel = channels.setdefault(kind.channel, made)
        channel["target_s"] = min(channel["target_s"], target_s)
        if kind.wrap_up is not None:
            channel["wrap_up"] = "open"
    return channels


def _skills(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """Every skill that anybody has or asks for, with as many levels as are named."""
    levels: dict[str, int] = {}
    for skill, level in _named_levels(scenario):
        levels[skill] = max(levels.get(skill, LEVELS_MIN), level)
    return {skill: {"levels": levels[skill]} for skill in sorted(levels)}


def _named_levels(scenario: Scenario) -> Iterator[tuple[str, int]]:
    for worker in (*scenario.groups.values(), *scenario.agents):
        for skill, level in worker.skills.items():
            yield skill, _number(skill, level)
    for kind in scenario.types.values():
        for asked in kind.requirements:
            requirement = asked.requirement()
            yield from ((skill, 1) for skill in skills_in(requirement))
            for node in nodes_of(requirement, ""):
                yield from _levels_of(node.requirement)


def _levels_of(asked: AskedRequirement) -> Iterator[tuple[str, int]]:
    for level in (asked.level, asked.level_max):
        if asked.skill and level is not None:
            yield asked.skill, _number(asked.skill, level)


def _number(skill: str, level: int | str) -> int:
    if isinstance(level, str):
        raise ScenarioError(
            f"skill {skill}: the level {level!r} is a name; give a policy whose skills name levels"
        )
    return level


def _say_for_all(scenario: Scenario, document: dict[str, Any]) -> None:
    """What the scenario says for all queues, where the policy says nothing."""
    for name, queue in document["queues"].items():
        own = dict(queue or {})
        if scenario.strategy is not None:
            own.setdefault("strategy", scenario.strategy)
        if scenario.order is not None:
            own.setdefault("order", scenario.order)
        document["queues"][name] = own
    for key in ("weights", "urgency"):
        said = getattr(scenario, key)
        if said is not None:
            document.setdefault(key, said.model_dump(mode="json"))


def _check_names(scenario: Scenario, policy: Policy) -> None:
    """Every name that types and agents use is one of the policy's."""
    for name, kind in scenario.types.items():
        path = f"types.{name}"
        _known(f"{path}.channel", kind.channel, policy.channels)
        if kind.queue is not None:
            _known(f"{path}.queue", kind.queue, policy.queues)
        elif policy.default_queue is None:
            raise ScenarioError(f"{path}: name its queue, or give the policy a default_queue")
        for asked in kind.requirements:
            for skill in sorted(skills_in(asked.requirement())):
                _known(f"{path}.requirements", skill, policy.skills)
        _check_wrap_up(path, kind, policy)
    for group, worker in [*scenario.groups.items(), *((a.id, a) for a in scenario.agents)]:
        for skill in worker.skills:
            _known(f"{group}.skills", skill, policy.skills)
        for channel in worker.maximums:
            _known(f"{group}.maximums", channel, policy.channels)
        if worker.profile is not None:
            _known(f"{group}.profile", worker.profile, policy.profiles)


def _check_wrap_up(path: str, kind: ContactType, policy: Policy) -> None:
    channel = policy.channels[kind.channel]
    if kind.wrap_up is not None and not channel.wrap_up_s and channel.wrap_up == "timed":
        raise ScenarioError(
            f"{path}.wrap_up: the channel {kind.channel} of the policy has no wrap-up; give it "
            "wrap_up: open, or leave this out"
        )


def _known(path: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        names = ", ".join(list(known)[:20]) or "none"
        hint = near(name, known)
        raise ScenarioError(
            f"{path}: the policy has no {name!r}, only {names}" + (f" ({hint})" if hint else "")
        )
