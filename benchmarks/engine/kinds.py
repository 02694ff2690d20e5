"""The kinds of commands that the benchmark tells apart."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

__all__ = ("DECISIONS", "Kind", "Order")


class Kind(IntEnum):
    """What a command does to the floor. Its number is the code in the samples."""

    ARRIVAL = 0
    RELEASE = 1
    """Capacity comes free: a completion, the end of a wrap-up, an agent who comes back."""

    ACCEPT = 2
    HANG_UP = 3
    SKILLS = 4
    UPDATE = 5
    WRAP_UP = 6
    """A conversation ends, and wrap-up still holds the capacity."""

    AWAY = 7
    GIVEN_BACK = 8
    """Capacity comes free and the interaction waits again: a decline, a requeue."""

    POLICY = 9
    """A new policy."""

    @property
    def words(self) -> str:
        """The kind as reports name it."""
        return self.name.lower()


DECISIONS: Final = frozenset({Kind.ARRIVAL, Kind.RELEASE, Kind.GIVEN_BACK})
"""Commands after which a choice is made, or proved impossible."""


class Order(NamedTuple):
    """One command, packed as it would lie in the inbound stream."""

    kind: Kind
    payload: bytes
