"""Agents by what an expression reads of them: who are alike in that are evaluated once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.eligibility.expression import Verdict, context_of, verdict, verdicts
from router.eligibility.facts import (
    NOBODY,
    VALUES_SPARE_MAX,
    Facts,
    Read,
    ValueColumn,
    value_key,
)
from router.eligibility.profile import SKILLS, Profile
from scoring.roster import Roster

if TYPE_CHECKING:
    from cel import Context, Program

__all__ = ("Projection", "Projections", "Reads")

CONTEXTS_KEPT_MAX: Final = 65_536
"""Contexts kept over all projections, each about a kilobyte."""

COLUMNS_KEPT_MAX: Final = 64
"""Attributes whose values are numbered as agents change; others are, when they are first read."""

Numbers = NDArray[np.int64]


class Reads(NamedTuple):
    """Names that an expression reads of an agent."""

    attributes: tuple[str, ...]
    skills: tuple[str, ...]

    @classmethod
    def by(cls, profile: Profile, known_skills: Iterable[str]) -> Reads:
        """What a profile reads, where ``known_skills`` are those of the policy."""
        skills = known_skills if profile.any_skill else profile.skills
        return cls(tuple(sorted(profile.attributes)), tuple(sorted(skills)))

    def each(self) -> Iterator[Read]:
        """One by one."""
        yield from (("attribute", name) for name in self.attributes)
        yield from (("skill", name) for name in self.skills)


class Projection:
    """For each column the number of its agent's value, and a context for each value.

    ``count`` numbers the values that agents have now, in any way, for all columns.
    """

    def __init__(
        self, reads: Reads, facts: Sequence[Facts], count: Callable[[Reads], Numbers]
    ) -> None:
        self._reads = reads
        self._facts = facts
        self._count = count
        self._numbers: dict[Hashable, int] = {}
        self._examples: list[Facts] = []
        self._contexts: dict[int, Context] = {}
        self._number: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._begin()

    @property
    def contexts(self) -> int:
        """How many contexts are kept."""
        return len(self._contexts)

    def drop_contexts(self) -> None:
        """Forget the contexts; they are made anew when they are needed."""
        self._contexts.clear()

    def place(self, column: int) -> None:
        """Take in what has become of a column's agent."""
        if len(self._examples) > 2 * len(self._facts) + VALUES_SPARE_MAX:
            self._begin()
            return
        if column >= len(self._number):
            self._number = np.concatenate((self._number, np.zeros(column + 1, dtype=np.intp)))
        facts = self._facts[column]
        key = self._key(facts)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._examples)
            self._examples.append(facts)
        self._number[column] = number

    def everyone(self, program: Program) -> tuple[NDArray[np.bool_], int]:
        """By column whether a program holds; and for how many values it could not be evaluated.

        Columns that had no agent yet hold nothing of meaning.
        """
        contexts = [self._context(number) for number in range(len(self._examples))]
        found, faults = verdicts(program, contexts)
        return np.array(found, dtype=np.bool_)[self._number], faults

    def one(self, program: Program, column: int) -> Verdict:
        """Whether a program holds for the agent of a column."""
        return verdict(program, self._context(int(self._number[column])))

    def _begin(self) -> None:
        _, first, self._number = np.unique(
            self._count(self._reads), return_index=True, return_inverse=True
        )
        self._examples = [self._facts[column] for column in first.tolist()]
        self._numbers = {self._key(each): n for n, each in enumerate(self._examples)}
        self._contexts.clear()

    def _key(self, facts: Facts) -> Hashable:
        reads = self._reads
        return (
            *[value_key(facts, name) for name in reads.attributes],
            *[facts.skills.get(name, 0) for name in reads.skills],
        )

    def _context(self, number: int) -> Context:
        context = self._contexts.get(number)
        if context is None:
            facts = self._examples[number]
            given = facts.attributes
            seen = {name: given[name] for name in self._reads.attributes if name in given}
            if self._reads.skills:
                seen[SKILLS] = {name: facts.skills.get(name, 0) for name in self._reads.skills}
            context = self._contexts[number] = context_of(seen)
        return context


class Projections:
    """The projections in use, and the facts of the agent of each column of a roster."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._facts: list[Facts] = []
        self._columns: dict[str, ValueColumn] = {}
        self._projections: dict[Reads, Projection] = {}
        self._users: Counter[Reads] = Counter()

    def take(self, reads: Reads) -> Projection:
        """The projection on these names; give it back as often as it was taken."""
        self._users[reads] += 1
        projection = self._projections.get(reads)
        if projection is None:
            projection = Projection(reads, self._facts, self._count)
            self._projections[reads] = projection
        return projection

    def give_back(self, reads: Reads) -> None:
        """One user less."""
        self._users[reads] -= 1
        if not self._users[reads]:
            del self._users[reads], self._projections[reads]

    def change(self, column: int, facts: Facts) -> set[Read]:
        """Take in what has become of a column's agent; what reads otherwise than before."""
        while column >= len(self._facts):
            self._facts.append(NOBODY)
            for projection in self._projections.values():
                projection.place(len(self._facts) - 1)
        changed = facts.changed_from(self._facts[column])
        self._facts[column] = facts
        for kind, name in changed:
            if kind == "attribute":
                self._number(name, column)
        for reads, projection in self._projections.items():
            if not changed.isdisjoint(reads.each()):
                projection.place(column)
        return changed

    def dismantle(self, most: int) -> bool:
        """Let go of the facts of so many columns, where nobody will ask again; whether there are
        more."""
        del self._facts[-most:]
        return bool(self._facts)

    def shed(self) -> None:
        """Forget all contexts where there are too many to keep."""
        if sum(each.contexts for each in self._projections.values()) > CONTEXTS_KEPT_MAX:
            for each in self._projections.values():
                each.drop_contexts()

    def _number(self, name: str, column: int) -> None:
        values = self._columns.get(name)
        if values is None and len(self._columns) < COLUMNS_KEPT_MAX:
            # nobody has had it before, or there would be a column
            values = self._columns[name] = ValueColumn(name)
        if values is not None:
            values.place(column, self._facts)

    def _count(self, reads: Reads) -> Numbers:
        """One number for each combination of values, by column."""
        columns = len(self._facts)
        numbers = np.zeros(columns, dtype=np.int64)
        for name in reads.attributes:
            values = self._columns.get(name) or ValueColumn(name, self._facts)
            numbers = _combined(numbers, values.numbers(columns))
        for name in reads.skills:
            # the row is made before the levels are looked up, which may replace them
            row = self._roster.skill_row(name)
            numbers = _combined(numbers, self._roster.levels[:columns, row])
        return numbers


def _combined(numbers: Numbers, values: NDArray[np.int32] | NDArray[np.uint8]) -> Numbers:
    """Equal where both are; small again, so that there can be any number of rounds."""
    if not numbers.any():
        return values.astype(np.int64)
    both = numbers * (int(values.max(initial=0)) + 1) + values
    combined: Numbers = np.unique(both, return_inverse=True)[1]
    return combined
