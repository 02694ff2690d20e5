"""Requirements as trees: are they well formed, and which skills and expressions stand in them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from router.commands import AskedRequirement
from router.eligibility.expression import expression_of
from router.errors import ExpressionError
from router.limits import REQUIREMENT_DEPTH_MAX, REQUIREMENT_NODES_MAX

__all__ = ("Node", "WrongRequirement", "children", "nodes_of", "wrong_in")

_ONE_OF: Final = "a requirement has one of skill, all, any, not, expression"


_LEAF: Final = {"op": (">=",), "level": (None, 1), "level_max": (None, 0)}
"""What goes only with a skill, and what it is without one."""


class WrongRequirement(NamedTuple):
    """What is wrong with a requirement, and at which field."""

    detail: str
    field: str


class Node(NamedTuple):
    """One requirement of a tree with the path to it, as in ``requirements[0].any[1].not``."""

    requirement: AskedRequirement
    path: str


def wrong_in(requirements: tuple[AskedRequirement, ...]) -> WrongRequirement | None:
    """The first fault that can be told without a policy; None if there is none."""
    for place, requirement in enumerate(requirements):
        if _is_plain(requirement):
            continue
        found = _wrong_node(Node(requirement, f"requirements[{place}]"), 1)
        if found is None and sum(1 for _ in nodes_of(requirement, "")) > REQUIREMENT_NODES_MAX:
            detail = f"more than {REQUIREMENT_NODES_MAX} requirements in one tree"
            found = WrongRequirement(detail, f"requirements[{place}]")
        if found is not None:
            return found
    return None


def nodes_of(requirement: AskedRequirement, path: str) -> Iterator[Node]:
    """A requirement and all that stand in it, outermost first."""
    node = Node(requirement, path)
    yield node
    for child in children(node):
        yield from nodes_of(*child)


def children(node: Node) -> Iterator[Node]:
    """The requirements right below a node."""
    requirement, path = node
    for name, inner in (("all", requirement.all_of), ("any", requirement.any_of)):
        for place, child in enumerate(inner or ()):
            yield Node(child, f"{path}.{name}[{place}]")
    if requirement.negated is not None:
        yield Node(requirement.negated, f"{path}.not")


def _is_plain(requirement: AskedRequirement) -> bool:
    return (
        requirement.skill != ""
        and requirement.all_of is None
        and requirement.any_of is None
        and requirement.negated is None
        and requirement.expression is None
    )


def _wrong_node(node: Node, depth: int) -> WrongRequirement | None:
    requirement, path = node
    if depth > REQUIREMENT_DEPTH_MAX:
        return WrongRequirement(f"nested deeper than {REQUIREMENT_DEPTH_MAX}", path)
    found = _wrong_fields(requirement, path)
    if found is None and depth > 1 and (name := _outermost(requirement)):
        found = WrongRequirement("belongs to the outermost requirement", f"{path}.{name}")
    if found is None and requirement.expression is not None:
        found = _wrong_expression(requirement.expression, f"{path}.expression")
    wrong = (_wrong_node(child, depth + 1) for child in children(node))
    return found or next(filter(None, wrong), None)


def _outermost(requirement: AskedRequirement) -> str:
    """A field that is given and belongs to the outermost map only; "" if there is none."""
    defaults = {"hard": True, "weight": 1, "ttl_s": 0, "expedite": False}
    given = (name for name, value in defaults.items() if getattr(requirement, name) != value)
    return next(given, "")


def _wrong_fields(requirement: AskedRequirement, path: str) -> WrongRequirement | None:
    kinds = {
        "all": requirement.all_of,
        "any": requirement.any_of,
        "not": requirement.negated,
        "expression": requirement.expression,
    }
    given = [name for name, value in kinds.items() if value is not None]
    if requirement.skill:
        return WrongRequirement(_ONE_OF, f"{path}.{given[0]}") if given else None
    if len(given) != 1:
        return WrongRequirement(_ONE_OF, f"{path}.{given[1] if given else 'skill'}")
    if kinds[given[0]] == ():
        return WrongRequirement("must hold at least one requirement", f"{path}.{given[0]}")
    for name, defaults in _LEAF.items():
        if getattr(requirement, name) not in defaults:
            return WrongRequirement("goes only with skill", f"{path}.{name}")
    return None


def _wrong_expression(text: str, field: str) -> WrongRequirement | None:
    try:
        expression_of(text)
    except ExpressionError as error:
        return WrongRequirement(str(error), field)
    return None
