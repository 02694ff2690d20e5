"""Trees of requirements and expressions, evaluated for one agent at a time.

Written from docs/requirements.md alone. An expression goes to the CEL library as it stands, with
the agent and the interaction as they are: nothing is bound, shared or kept from before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgpack

from adapters.verify.wire import Unreadable

if TYPE_CHECKING:
    from cel import Program

__all__ = (
    "OPERATORS",
    "Condition",
    "Held",
    "compiled",
    "evaluated",
    "groups_in",
    "holds",
    "level_holds",
    "read_condition",
    "seen_by",
    "words",
)

OPERATORS: Final = frozenset(("=", "!=", "<", "<=", ">", ">=", "between"))
_MENTIONED: Final = re.compile(r"\binteraction\b")
_READ: Final = re.compile(r"\binteraction\.([A-Za-z_][A-Za-z0-9_]*)")


class Condition(NamedTuple):
    """One node. ``kind`` is ``level``, ``all``, ``any``, ``not``, ``expression`` or ``group`` (its
    ``text`` is open).

    ``level`` holds (skill, op, level, level_max); ``seen`` is what the expression may see of the
    interaction, packed, so that conditions are equal exactly when they ask the same.
    """

    kind: str
    parts: tuple[Condition, ...] = ()
    level: tuple[str, str, int, int] = ("", "", 0, 0)
    text: str = ""
    seen: bytes = b""


class Held(NamedTuple):
    """What an agent has: levels, attributes, and the skills that the policy knows; and the groups
    that are open to everybody."""

    skills: Mapping[str, int]
    attributes: Mapping[str, Any]
    known_skills: Iterable[str]
    open_groups: Collection[str] = frozenset()


def holds(condition: Condition, held: Held) -> bool:
    """Whether a condition holds for an agent."""
    if condition.kind == "level":
        skill, op, level, level_max = condition.level
        return level_holds(held.skills.get(skill, 0), op, level, level_max)
    if condition.kind == "group":
        return condition.text in held.open_groups
    if condition.kind == "expression":
        return evaluated(condition, held) is True
    found = [holds(part, held) for part in condition.parts]
    if condition.kind == "not":
        return not found[0]
    return all(found) if condition.kind == "all" else any(found)


def level_holds(held: int, op: str, level: int, level_max: int) -> bool:
    """Whether a level held (0: the agent does not have the skill) satisfies an operator."""
    if op == ">=":
        return held >= level
    if op == "between":
        return level <= held <= level_max
    if op in ("=", "!="):
        return (held == level) == (op == "=")
    if op == ">":
        return held > level
    return held < level if op == "<" else held <= level


def read_condition(fields: Mapping[str, Any], attributes: Mapping[str, Any]) -> Condition:
    """A tree or an expression as it stands in an event, for an interaction with attributes.

    Raises :class:`Unreadable`.
    """
    for kind in ("all", "any"):
        if isinstance(parts := fields.get(kind), list | tuple) and parts:
            return Condition(kind, tuple(_node(part, attributes) for part in parts))
    if (part := fields.get("not")) is not None:
        return Condition("not", (_node(part, attributes),))
    if isinstance(group := fields.get("group"), str):
        return Condition("group", text=group)
    text = fields.get("expression")
    if not isinstance(text, str):
        raise Unreadable("a requirement has none of skill, all, any, not, expression")
    return Condition("expression", text=text, seen=_seen(text, attributes))


def _node(fields: Any, attributes: Mapping[str, Any]) -> Condition:
    if not isinstance(fields, dict):
        raise Unreadable("a requirement is not a map")
    if "skill" not in fields:
        return read_condition(fields, attributes)
    level = tuple(
        fields.get(name, default)
        for name, default in (("skill", ""), ("op", ">="), ("level", 1), ("level_max", 0))
    )
    if [type(value) for value in level] != [str, str, int, int] or level[1] not in OPERATORS:
        message = f"a requirement cannot be read: {fields}"
        raise Unreadable(message)
    return Condition("level", level=level)


def _seen(text: str, attributes: Mapping[str, Any]) -> bytes:
    """The attributes that an expression may look at, packed; all, where names cannot be told."""
    named = _READ.findall(text)
    if len(named) != len(_MENTIONED.findall(text)):
        named = list(attributes)
    found = {name: attributes[name] for name in sorted(set(named)) if name in attributes}
    packed: bytes = msgpack.packb(found, unicode_errors="surrogateescape")
    return packed


def evaluated(condition: Condition, held: Held) -> Any:
    """The result of an expression for an agent, or the exception that it raised."""
    skills = {name: held.skills.get(name, 0) for name in held.known_skills}
    agent = {**held.attributes, "skills": skills}
    try:
        program = compiled(condition.text)
        return program.execute({"agent": agent, "interaction": seen_by(condition)})
    except Exception as error:  # noqa: BLE001  # the library raises by what went wrong in CEL
        return error


def seen_by(condition: Condition) -> dict[str, Any]:
    """What an expression may see of the interaction."""
    return dict(msgpack.unpackb(condition.seen, unicode_errors="surrogateescape"))


@lru_cache(maxsize=1_024)
def compiled(text: str) -> Program:
    """The program of an expression."""
    from cel import compile as compile_cel  # half a second, which most journals never need

    return compile_cel(text)


def groups_in(condition: Condition) -> frozenset[str]:
    """The groups that a condition reads."""
    if condition.kind == "group":
        return frozenset((condition.text,))
    return frozenset[str]().union(*map(groups_in, condition.parts))


def words(condition: Condition) -> str:
    """The condition as people write it down."""
    if condition.kind == "group":
        return f"group {condition.text} is open"
    if condition.kind == "expression":
        return condition.text
    if condition.kind == "not":
        return f"not ({words(condition.parts[0])})"
    if condition.kind == "level":
        skill, op, level, level_max = condition.level
        span = f" and {level_max}" if op == "between" else ""
        return f"{skill} {op} {level}{span}"
    between = " and " if condition.kind == "all" else " or "
    return between.join(_bracketed(part) for part in condition.parts)


def _bracketed(part: Condition) -> str:
    return f"({words(part)})" if part.kind != "level" else words(part)
