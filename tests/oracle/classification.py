"""Classification by the page (docs/classification.md)."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import msgspec

from router import commands as cm
from router import events as ev
from router.commands import Requirement
from router.policy import Effect, Rule
from tests.oracle.expressions import is_true
from tests.oracle.rules import Rules, thousandths
from tests.oracle.scales import all_inside
from tests.oracle.things import Interaction


class Verdict(NamedTuple):
    queue: str | None
    priority: int
    requirements: tuple[Requirement, ...]
    rules: tuple[str, ...]
    direct: cm.Direct | None = None
    label: str = ""
    target_ms: int = 0


def classified(
    rules: Rules, command: cm.Create, inside: tuple[Requirement, ...] | None = None
) -> Verdict:
    """Queue, priority and requirements with which a command arrives, and the rules that applied;
    ``inside``: what it asks for, where that is known in places for levels."""
    policy = rules.policy_inside
    facts: dict[str, Any] = msgspec.msgpack.decode(command.attributes)
    for name in ("channel", "priority", "customer_id", "conversation_id"):
        facts[name] = getattr(command, name)
    facts["queue"] = command.queue or ""
    queue, priority = command.queue, command.priority
    direct, label = command.direct, command.label or ""
    target_s = command.target_s
    channel = policy.channels.get(command.channel)
    documents: list[Any] = []
    names: list[str] = []
    for number, rule in enumerate(policy.classification):
        if not _applies(rule, facts):
            continue
        name = rule.name or f"#{number + 1}"
        names.append(name)
        for effect in _effects(rule, facts, f"{name}/{command.interaction_id}"):
            queue = queue or effect.queue
            priority += effect.priority
            direct = direct or _named(effect, facts)
            if not label and channel is not None and effect.label in channel.labels:
                label = effect.label or ""
            target_s = target_s or effect.target_s
            documents += [each.model_dump() for each in effect.add]
        if rule.then == "stop":
            break
    added = msgspec.convert(documents, tuple[Requirement, ...])
    wanted = queue or policy.default_queue
    if inside is None:
        inside = all_inside(rules.policy, command.requirements)
    asked = (*inside, *added)
    first = direct if command.suspension is None else None
    target_ms = thousandths(target_s or 0)
    return Verdict(wanted, min(100, priority), asked, tuple(names), first, label, target_ms)


class Anew(NamedTuple):
    queue: str
    priority: int
    requirements: tuple[Requirement, ...]
    rules: tuple[str, ...]
    label: str
    target_ms: int


def came_with(rules: Rules, interaction: Interaction) -> ev.Given:
    """What was given before any rule; without rules, it came as it is."""
    if interaction.given is not None:
        return interaction.given
    named = "" if interaction.queue == rules.policy.default_queue else interaction.queue
    given = named, interaction.asked_priority, interaction.asked
    return ev.Given(*given, interaction.label, interaction.target_ms)


def reclassified(rules: Rules, interaction: Interaction, now_ms: int) -> Anew | None:
    """Where something that waits belongs by another policy; None if that is not for it to say."""
    came = interaction.arrival
    if came is None or interaction.decided_since:
        return None
    given = came_with(rules, interaction)
    command = cm.Create(
        came.interaction_id,
        came.channel,
        queue=given.queue or None,
        customer_id=came.customer_id,
        conversation_id=came.conversation_id,
        priority=given.priority,
        label=given.label or None,
        attributes=came.attributes,
        target_s=given.target_ms / 1000 or None,
    )
    verdict = classified(rules, command, given.requirements)
    queue = verdict.queue if verdict.queue in rules.policy.queues else None
    age_ms = now_ms - interaction.origin_ms
    alive = verdict.requirements
    if interaction.state == "queued":
        alive = tuple(r for r in alive if not r.ttl_s or age_ms < r.ttl_s * 1_000)
    found = queue or interaction.queue
    own = verdict.label, verdict.target_ms
    return Anew(found, verdict.priority, alive, verdict.rules, *own)


def is_to_be_classified(rules: Rules, interaction: Interaction, now_ms: int) -> bool:
    """Whether a new policy that classifies anew has something to say of what waits."""
    expected = reclassified(rules, interaction, now_ms)
    if expected is None:
        return False
    asks = (interaction.queue, interaction.asked_priority, interaction.asked)
    own = interaction.label, interaction.target_ms
    is_other = (*asks, *own) != (*expected[:3], expected.label, expected.target_ms)
    return bool(is_other or interaction.step or rules.steps(expected.queue))


def _named(effect: Effect, facts: dict[str, Any]) -> cm.Direct | None:
    if effect.target is None:
        return None
    who: Any = effect.target.agent or facts
    if effect.target.attribute:
        for part in effect.target.attribute.split("."):
            who = who.get(part) if isinstance(who, dict) else None
    usable = isinstance(who, str) and 1 <= len(who) <= 128
    return cm.Direct(who, effect.target.over_capacity) if usable else None


def _applies(rule: Rule, facts: dict[str, Any]) -> bool:
    return rule.when is None or is_true(rule.when, {"interaction": facts})


def _effects(rule: Rule, facts: dict[str, Any], key: str) -> list[Effect]:
    effects: list[Effect] = [rule]
    if rule.map is not None:
        value: Any = facts
        for part in rule.map.attribute.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        chosen = rule.map.otherwise
        if isinstance(value, str | int):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            chosen = rule.map.values.get(text, chosen)
        effects += [chosen] if chosen else []
    if rule.split:
        tickets = [share for share in rule.split for _ in range(share.weight)]
        digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        effects.append(tickets[int(digest, 16) % len(tickets)])
    return effects
