"""Why a condition does not hold for an agent: the branches that failed, and what they read.

Names are told, values only where they may be: attributes can be personal data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.verify.conditions import Condition, Held, evaluated, holds, seen_by, words
from adapters.verify.scales import Scale, level_told
from router.eligibility.profile import SKILLS, Path, profile_of
from router.errors import ExpressionError

__all__ = ("level_words", "why_not")

_NO_SCALES: Final[Mapping[str, Scale]] = {}
_FAULTS: Final[dict[type[Exception], str]] = {
    ZeroDivisionError: "a division by zero",
    IndexError: "a list is too short",
    TypeError: "types that do not go together",
    OverflowError: "a number too large",
}


def why_not(condition: Condition, held: Held, *, show: bool) -> str:
    """What keeps a condition that does not hold; with ``show``, the values that it read."""
    if condition.kind == "level":
        return level_words(held, *condition.level)
    if condition.kind == "group":
        return f"group {condition.text} is closed"
    if condition.kind == "expression":
        return _expression_words(condition, held, show=show)
    if condition.kind == "not":
        return f"must not be: {words(condition.parts[0])}"
    failed = [part for part in condition.parts if not holds(part, held)]
    told = [why_not(part, held, show=show) for part in failed]
    return "; ".join(told) if condition.kind == "all" else f"none of: {' | '.join(told)}"


def level_words(
    held: Held,
    skill: str,
    op: str,
    level: int,
    level_max: int,
    scales: Mapping[str, Scale] = _NO_SCALES,
) -> str:
    """A level and what is needed, on the scale of the skill where it is known."""
    scale = scales.get(skill, ())
    least, most = level_told(scale, level), level_told(scale, level_max)
    needed = f"between {least} and {most}" if op == "between" else f"{op} {least}"
    return f"{skill}: holds {level_told(scale, held.skills.get(skill, 0))}, needs {needed}"


def _expression_words(condition: Condition, held: Held, *, show: bool) -> str:
    result = evaluated(condition, held)
    read = ", ".join(_read(condition, held, show=show))
    if isinstance(result, Exception):
        outcome = f"cannot be evaluated: {_fault(result, condition.text)}"
    else:
        outcome = "is false" if result is False else "is neither true nor false"
    return f"{condition.text}: {outcome}" + (f" (reads {read})" if read else "")


def _fault(error: Exception, text: str) -> str:
    if isinstance(error, KeyError):
        name = str(error.args[0])
        # a name that is not in the expression comes from somebody's attributes
        return f"there is no {name}" if name in text else "a name is not there"
    return _FAULTS.get(type(error), "the library refuses it")


def _read(condition: Condition, held: Held, *, show: bool) -> Iterator[str]:
    try:
        profile = profile_of(condition.text)
    except ExpressionError:
        return
    agent: dict[str, Any] = {**held.attributes, SKILLS: dict(held.skills)}
    paths: list[Path] = [("agent", name) for name in sorted(profile.attributes)]
    paths += [("agent", SKILLS, name) for name in sorted(profile.skills)]
    paths += [("agent", SKILLS)] if profile.any_skill else []
    paths += [("interaction", *path) for path in sorted({r.path for r in profile.interaction})]
    values = {"agent": agent, "interaction": seen_by(condition)}
    for path in paths:
        yield ".".join(path) + (f" = {_value(values, path)}" if show else "")


def _value(values: Any, path: Path) -> str:
    for name in path:
        if not isinstance(values, dict) or name not in values:
            return "none"
        values = values[name]
    return json.dumps(values, ensure_ascii=False, default=str)
