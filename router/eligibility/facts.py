"""What conditions may read of agents, and each attribute as numbers of its values.

Numbers are kept by column as agents change, so that whoever asks for all agents at once need not
walk through their attributes one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ("NOBODY", "VALUES_SPARE_MAX", "Facts", "Read", "ValueColumn", "value_key")

VALUES_SPARE_MAX: Final = 256
"""Values beyond twice the agents that are kept; past it, the values that agents have are counted
anew."""

_MISSING: Final = msgspec.msgpack.Ext(0, b"")
"""Stands for an attribute that the agent does not have; none can have this value."""

_pack = msgspec.msgpack.Encoder().encode

Read: TypeAlias = tuple[Literal["skill", "attribute", "group"], str]
"""One thing that may be read of an agent, by kind and name; or a group, which is open to all."""

Key: TypeAlias = str | int | bytes


class Facts(NamedTuple):
    """What conditions may read of an agent."""

    skills: Mapping[str, int]
    attributes: Mapping[str, Any]

    def changed_from(self, before: Facts) -> set[Read]:
        """What reads otherwise than before."""
        skills: set[Read] = {
            ("skill", name)
            for name in before.skills.keys() | self.skills.keys()
            if before.skills.get(name, 0) != self.skills.get(name, 0)
        }
        attributes: set[Read] = {
            ("attribute", name)
            for name in before.attributes.keys() | self.attributes.keys()
            if value_key(before, name) != value_key(self, name)
        }
        return skills | attributes


NOBODY: Final = Facts({}, {})
"""The facts of a column without an agent."""


def value_key(facts: Facts, name: str) -> Key:
    """An attribute's value, equal exactly for what no expression can tell apart.

    To Python 1, 1.0 and true are equal; to an expression they are three.
    """
    value = facts.attributes.get(name, _MISSING)
    return value if type(value) is str or type(value) is int else _pack(value)


class ValueColumn:
    """One attribute: for each column the number of its agent's value."""

    def __init__(self, name: str, facts: Sequence[Facts] = ()) -> None:
        self._name = name
        self._numbers: dict[Key, int] = {}
        self._number: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._count(facts)

    @property
    def values(self) -> int:
        """How many values have a number; some of them nobody may have any more."""
        return len(self._numbers)

    def place(self, column: int, facts: Sequence[Facts]) -> None:
        """Take in what has become of a column's agent; ``facts`` are everybody's."""
        if len(self._numbers) > 2 * len(facts) + VALUES_SPARE_MAX:
            self._count(facts)
            return
        if column >= len(self._number):
            room = np.zeros(column + 1, dtype=np.int32)
            self._number = np.concatenate((self._number, room))
        key = value_key(facts[column], self._name)
        self._number[column] = self._numbers.setdefault(key, len(self._numbers))

    def numbers(self, columns: int) -> NDArray[np.int32]:
        """The numbers of so many columns."""
        known = self._number[:columns]
        return np.concatenate((known, np.zeros(columns - len(known), dtype=np.int32)))

    def _count(self, facts: Sequence[Facts]) -> None:
        # 0 stands for those who do not have it, also in columns that are not here yet
        self._numbers = {value_key(NOBODY, self._name): 0}
        numbers = self._numbers
        self._number = np.fromiter(
            (numbers.setdefault(value_key(each, self._name), len(numbers)) for each in facts),
            dtype=np.int32,
            count=len(facts),
        )
