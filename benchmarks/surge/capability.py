"""Who can serve what, as far as the scenario alone tells it; in doubt nobody is said to."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks.scenario.document import ContactType
from benchmarks.scenario.people import Worker
from router.requirements import AskedRequirement

__all__ = ("can_serve",)

COMPARED: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def can_serve(worker: Worker, kind: ContactType) -> bool:
    """Whether these agents may be offered contacts of this type.

    Expressions, levels by name and profiles are the policy's to read: false.
    """
    if worker.profile is not None or worker.maximums.get(kind.channel) == 0:
        return False
    asked = (each.requirement() for each in kind.requirements)
    return all(_meets(worker, each) is True for each in asked if each.hard)


def _meets(worker: Worker, asked: AskedRequirement) -> bool | None:
    """Whether they meet it; None where that cannot be told here."""
    if asked.all_of is not None:
        return _every([_meets(worker, each) for each in asked.all_of])
    if asked.any_of is not None:
        found = [_meets(worker, each) for each in asked.any_of]
        return True if True in found else None if None in found else False
    if asked.negated is not None:
        met = _meets(worker, asked.negated)
        return None if met is None else not met
    if asked.expression is not None:
        return None
    return _holds(worker, asked)


def _every(found: list[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _holds(worker: Worker, asked: AskedRequirement) -> bool | None:
    held = worker.skills.get(asked.skill)
    level = 1 if asked.level is None else asked.level
    if isinstance(held, str) or isinstance(level, str) or isinstance(asked.level_max, str):
        return None
    if held is None:
        return None if asked.op in {"!=", "<", "<="} else False
    if asked.op == "between":
        return asked.level_max is not None and level <= held <= asked.level_max
    return COMPARED[asked.op](held, level)
