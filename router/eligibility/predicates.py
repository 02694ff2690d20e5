"""Predicates over agents: a tree of requirements, ready to be asked of one or of everybody."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from router.eligibility.projection import Projection
from scoring.roster import Roster

if TYPE_CHECKING:
    from cel import Program

__all__ = ("AllOf", "AnyOf", "Evaluated", "Level", "Never", "Not", "Open", "Predicate")

Bits = NDArray[np.bool_]


class Predicate(Protocol):
    """Something that holds for an agent or does not."""

    def everyone(self) -> Bits:
        """By column of the roster."""

    def one(self, column: int) -> bool:
        """For the agent of a column."""


class Level:
    """The level in a skill satisfies a requirement; ``satisfied`` says so by level."""

    def __init__(self, roster: Roster, row: int, satisfied: Bits) -> None:
        self._roster = roster
        self._row = row
        self._satisfied = satisfied

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        levels: Bits = self._satisfied[self._roster.levels[:, self._row]]
        return levels

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return bool(self._satisfied[self._roster.levels[column, self._row]])


class Evaluated:
    """An expression holds; ``count`` is told for how many values it could not be evaluated."""

    def __init__(
        self,
        program: Program,
        projection: Projection,
        roster: Roster,
        count: Callable[[int], None],
    ) -> None:
        self._program = program
        self._projection = projection
        self._roster = roster
        self._count = count

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        found, faults = self._projection.everyone(self._program)
        self._count(faults)
        holds = np.zeros(self._roster.width, dtype=np.bool_)
        count = min(len(found), len(holds))
        holds[:count] = found[:count]
        return holds

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        found = self._projection.one(self._program, column)
        self._count(1 if found.fault else 0)
        return found.holds


class Never:
    """Holds for nobody: an expression that this release cannot take."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        return np.zeros(self._roster.width, dtype=np.bool_)

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return False


class Open:
    """Holds for everybody while a group is open."""

    def __init__(self, roster: Roster, open_groups: Container[str], group: str) -> None:
        self._roster = roster
        self._open_groups = open_groups
        self._group = group

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        return np.full(self._roster.width, self._group in self._open_groups)

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return self._group in self._open_groups


class AllOf:
    """All of the parts hold."""

    def __init__(self, parts: Sequence[Predicate]) -> None:
        self._parts = parts

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        first, *others = self._parts
        holds = first.everyone()
        for part in others:
            if not holds.any():
                break
            holds = holds & part.everyone()
        return holds

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return all(part.one(column) for part in self._parts)


class AnyOf:
    """At least one of the parts holds."""

    def __init__(self, parts: Sequence[Predicate]) -> None:
        self._parts = parts

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        holds: Bits = np.logical_or.reduce([part.everyone() for part in self._parts])
        return holds

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return any(part.one(column) for part in self._parts)


class Not:
    """The part does not hold."""

    def __init__(self, part: Predicate) -> None:
        self._part = part

    def everyone(self) -> Bits:
        """See :class:`Predicate`."""
        return ~self._part.everyone()

    def one(self, column: int) -> bool:
        """See :class:`Predicate`."""
        return not self._part.one(column)
