"""Classification by the page (docs/classification.md), with the CEL library asked directly."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import cel
import msgspec

from router import commands as cm
from router.commands import Requirement
from router.policy import Effect, Policy, Rule


class Verdict(NamedTuple):
    queue: str | None
    priority: int
    requirements: tuple[Requirement, ...]
    rules: tuple[str, ...]
    direct: cm.Direct | None = None


def classified(policy: Policy, command: cm.Create) -> Verdict:
    """Queue, priority and requirements with which a command arrives, and the rules that applied."""
    facts: dict[str, Any] = msgspec.msgpack.decode(command.attributes)
    for name in ("channel", "priority", "customer_id", "conversation_id"):
        facts[name] = getattr(command, name)
    facts["queue"] = command.queue or ""
    queue, priority = command.queue, command.priority
    direct = command.direct
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
            documents += [each.model_dump() for each in effect.add]
        if rule.then == "stop":
            break
    added = msgspec.convert(documents, tuple[Requirement, ...])
    wanted = queue or policy.default_queue
    asked = (*command.requirements, *added)
    first = direct if command.suspension is None else None
    return Verdict(wanted, min(100, priority), asked, tuple(names), first)


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
    if rule.when is None:
        return True
    try:
        return cel.evaluate(rule.when, {"interaction": facts}) is True
    except Exception:  # noqa: BLE001  # whatever the library has against it
        return False


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
