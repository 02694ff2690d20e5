"""Classification: what the policy's rules make of an arrival. Pure, and the same on every host."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from router.commands import Create, Direct, Requirement
from router.eligibility.expression import compiled, expression_of, interaction_verdict
from router.errors import ExpressionError
from router.limits import IDENTIFIER_MAX, REQUIREMENTS_MAX
from router.policy import DirectMap, Effect, Rule, Share
from router.scales import Inside
from router.state import Interaction

if TYPE_CHECKING:
    from cel import Program

__all__ = ("Classification", "Classified", "Condition", "facts_of", "value_of")

RULES_APPLIED_MAX: Final = 32
"""Rules that may apply to one interaction; they are named in its event."""


class Classified(NamedTuple):
    """What is added to an arrival, and the rules that did."""

    queue: str | None
    points: int
    requirements: tuple[Requirement, ...]
    rules: tuple[str, ...]
    direct: Direct | None = None
    """Who is asked first."""

    label: str = ""

    target_ms: int = 0
    """The wait that is allowed; 0: no rule says it."""


def facts_of(arrival: Create | Interaction, queue: str, priority: int) -> dict[str, Any]:
    """What expressions read of an interaction; what it came with goes before attributes."""
    attributes: dict[str, Any] = msgspec.msgpack.decode(arrival.attributes)
    return attributes | {
        "channel": arrival.channel,
        "queue": queue,
        "priority": priority,
        "customer_id": arrival.customer_id,
        "conversation_id": arrival.conversation_id,
    }


class Classification:
    """The rules of one policy, ready to be applied."""

    def __init__(self, rules: Sequence[Rule], inside: Inside) -> None:
        self._rules = [_Prepared(f"#{place}", rule) for place, rule in enumerate(rules, 1)]
        self._inside = inside

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(
        self, interaction_id: str, facts: Mapping[str, Any], labels: Collection[str] = ()
    ) -> Classified:
        """Apply the rules to an interaction of these facts (attributes, and what is given) on a
        channel of these labels."""
        effects: list[Effect] = []
        names: list[str] = []
        added = 0
        for rule in self._rules:
            if rule.condition.holds(facts):
                found = rule.effects(interaction_id, facts)
                added += sum(len(each.add) for each in found)
                if added > REQUIREMENTS_MAX:
                    break
                effects += found
                names.append(rule.name)
                if rule.is_last or len(names) == RULES_APPLIED_MAX:
                    break
        return Classified(
            queue=next((each.queue for each in effects if each.queue is not None), None),
            points=sum(each.priority for each in effects),
            requirements=self._inside(
                tuple(asked.requirement() for each in effects for asked in each.add)
            ),
            rules=tuple(names),
            direct=next((one for each in effects if (one := _direct(each, facts))), None),
            label=next((each.label for each in effects if each.label in labels), None) or "",
            target_ms=round(1_000 * next((s for each in effects if (s := each.target_s)), 0)),
        )


class Condition:
    """When a rule applies: an expression over the interaction, compiled; None: always."""

    def __init__(self, when: str | None) -> None:
        self._expression = None if when is None else expression_of(when)
        self._program: Program | None = None if when is None else compiled(when)
        read = self._expression.profile.interaction if self._expression else ()
        self._read = {reference.path[0] for reference in read}

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it holds of an interaction; what cannot be evaluated does not."""
        if self._expression is None or self._program is None:
            return True
        try:
            self._expression.bound(facts)  # the same limits as where it is written into the text
        except ExpressionError:
            return False
        seen = {name: facts[name] for name in self._read if name in facts}
        return interaction_verdict(self._program, seen).holds


class _Prepared:
    """One rule with its condition compiled."""

    def __init__(self, place: str, rule: Rule) -> None:
        self.name = rule.name or place
        self.is_last = rule.then == "stop"
        self._rule = rule
        self.condition = Condition(rule.when)

    def effects(self, interaction_id: str, facts: Mapping[str, Any]) -> list[Effect]:
        """What it does to this interaction: its own, that of the value, that of the share."""
        rule = self._rule
        found: list[Effect | None] = [rule]
        if rule.map is not None:
            found.append(_mapped(rule.map, facts))
        if rule.split:
            found.append(_share(rule.split, f"{self.name}/{interaction_id}"))
        return [effect for effect in found if effect is not None]


def _mapped(rule: DirectMap, facts: Mapping[str, Any]) -> Effect | None:
    text = _text(value_of(rule.attribute, facts))
    return rule.otherwise if text is None else rule.values.get(text, rule.otherwise)


def _direct(effect: Effect, facts: Mapping[str, Any]) -> Direct | None:
    """Whom an effect has asked first; nobody, where the attribute names nobody."""
    target = effect.target
    if target is None:
        return None
    agent_id = target.agent if target.attribute is None else value_of(target.attribute, facts)
    if not isinstance(agent_id, str) or not 0 < len(agent_id) <= IDENTIFIER_MAX:
        return None
    return Direct(agent_id, target.over_capacity)


def value_of(path: str, facts: Mapping[str, Any]) -> Any:
    """What stands at a path of names; None where nothing does."""
    value: Any = facts
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    """A value as a document has it in a key; None for what has no such form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def _share(shares: Sequence[Share], key: str) -> Share:
    """A share by weight: equal keys, equal shares, and no two splits hang together."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    place = int.from_bytes(digest, "big") % sum(share.weight for share in shares)
    for share in shares:
        place -= share.weight
        if place < 0:
            return share
    raise AssertionError("the weights add up")
