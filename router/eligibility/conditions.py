"""Conditions: each distinct tree or expression as one bit for every agent, among their levels.

A condition is evaluated for everybody when a demand first asks for it, and for one agent when
something that it reads of them has changed; a choice looks it up like the level of a skill. It is
given up with the last slot that asks for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.eligibility.building import Builder
from router.eligibility.facts import NOBODY, Facts, Read
from router.eligibility.plan import Wanted
from router.eligibility.predicates import Predicate
from router.eligibility.projection import Projections, Reads
from router.limits import CONDITIONS_MAX
from scoring.fit import BITS
from scoring.roster import Roster

__all__ = ("Conditions", "Place")


class Place(NamedTuple):
    """Where a condition stands: a row of levels, by the name of a skill, and a bit of these."""

    row: str
    bit: int


class _Condition(NamedTuple):
    place: Place
    predicate: Predicate
    reads: frozenset[Read]
    projections: tuple[Reads, ...]


class Conditions:
    """Conditions that slots ask for. ``faults`` counts evaluations that failed.

    ``open_groups`` are those that are open at any time: what changes them says so.
    """

    def __init__(
        self, roster: Roster, levels: Mapping[str, int], open_groups: Container[str] = ()
    ) -> None:
        self._roster = roster
        self._levels = levels
        self._open_groups = open_groups
        self._projections = Projections(roster)
        self._conditions: dict[Wanted, _Condition] = {}
        self._askers: Counter[Wanted] = Counter()
        self._slots: dict[int, tuple[Wanted, ...]] = {}
        self._readers: defaultdict[Read, set[Wanted]] = defaultdict(set)
        self._vacant: list[Place] = []
        self._rows = 0
        self.faults = 0

    def __len__(self) -> int:
        return len(self._conditions)

    def has_room(self, wanted: Iterable[Wanted]) -> bool:
        """Whether these can be asked for beside all that are."""
        new = sum(each not in self._conditions for each in set(wanted))
        return not new or len(self._conditions) + new <= CONDITIONS_MAX

    def everyone(self, wanted: Wanted) -> NDArray[np.bool_]:
        """By column, who meets what is wanted; nothing is kept of it."""
        known = self._conditions.get(wanted)
        if known is not None:
            return self._held(known.place)
        builder = self._builder(_ignore)
        met = builder.build(wanted).everyone()
        for reads in builder.projections:
            self._projections.give_back(reads)
        self._projections.shed()
        return met

    def set_slot(self, slot: int, wanted: Sequence[Wanted]) -> list[Place]:
        """The places of what a slot asks for from now on."""
        before = self._slots.pop(slot, ())
        if wanted:
            self._slots[slot] = tuple(wanted)
            self._askers.update(wanted)
        for each in before:
            self._give_up(each)
        return [self._condition(each).place for each in wanted]

    def agent_changed(self, column: int, facts: Facts, *, is_new: bool = False) -> None:
        """Skills or attributes of a column's agent have changed; ``is_new``: so has the agent."""
        changed = self._projections.change(column, facts)
        affected: Iterable[Wanted] = self._conditions
        if not is_new:
            readers = (self._readers[read] for read in changed if read in self._readers)
            affected = set().union(*readers)
        for each in affected:
            condition = self._conditions[each]
            row, bit = self._roster.skill_row(condition.place.row), condition.place.bit
            held = int(self._roster.levels[column, row]) & ~(1 << bit)
            self._roster.levels[column, row] = held | condition.predicate.one(column) << bit

    def agent_gone(self, column: int) -> None:
        """A column has no agent any more."""
        self._projections.change(column, NOBODY)

    def dismantle(self, most: int) -> bool:
        """Let go of what is known of so many agents, where nobody will ask again; whether there
        are more."""
        return self._projections.dismantle(most)

    def group_changed(self, group: str) -> None:
        """A group has opened or closed: what reads it is evaluated for everybody."""
        for wanted in self._readers.get(("group", group), ()):
            condition = self._conditions[wanted]
            self._set(condition.place, condition.predicate.everyone())
        self._projections.shed()

    def _condition(self, wanted: Wanted) -> _Condition:
        condition = self._conditions.get(wanted)
        if condition is None:
            condition = self._conditions[wanted] = self._evaluated(wanted)
            for read in condition.reads:
                self._readers[read].add(wanted)
        return condition

    def _evaluated(self, wanted: Wanted) -> _Condition:
        builder = self._builder(self._count)
        predicate = builder.build(wanted)
        place = self._take_place()
        self._set(place, predicate.everyone())
        self._projections.shed()
        return _Condition(place, predicate, frozenset(builder.reads), tuple(builder.projections))

    def _builder(self, count_faults: Callable[[int], None]) -> Builder:
        roster, levels = self._roster, self._levels
        return Builder(roster, levels, self._open_groups, self._projections, count_faults)

    def _take_place(self) -> Place:
        if not self._vacant:
            # no skill has such a name: identifiers hold no control characters
            name = f"\0{self._rows}"
            self._rows += 1
            self._roster.reserved_row(name)
            self._vacant = [Place(name, bit) for bit in reversed(range(BITS))]
        return self._vacant.pop()

    def _set(self, place: Place, holds: NDArray[np.bool_]) -> None:
        row = self._roster.levels[:, self._roster.skill_row(place.row)]
        row &= np.uint8(0xFF ^ 1 << place.bit)
        row |= holds.astype(np.uint8) << np.uint8(place.bit)

    def _held(self, place: Place) -> NDArray[np.bool_]:
        row = self._roster.levels[:, self._roster.skill_row(place.row)]
        held: NDArray[np.bool_] = (row & np.uint8(1 << place.bit)) != 0
        return held

    def _give_up(self, wanted: Wanted) -> None:
        self._askers[wanted] -= 1
        if self._askers[wanted]:
            return
        del self._askers[wanted]
        condition = self._conditions.pop(wanted)
        self._vacant.append(condition.place)
        self._set(condition.place, np.zeros(self._roster.width, dtype=np.bool_))
        for read in condition.reads:
            self._readers[read].discard(wanted)
            if not self._readers[read]:
                del self._readers[read]
        for reads in condition.projections:
            self._projections.give_back(reads)

    def _count(self, faults: int) -> None:
        self.faults += faults


def _ignore(faults: int) -> None:
    """Faults of a look that leaves no trace."""
