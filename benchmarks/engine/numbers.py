"""A set of small numbers from which one can be drawn at random, each operation at once."""

from __future__ import annotations

from array import array
from random import Random

__all__ = ("NumberSet",)

_ABSENT = -1


class NumberSet:
    """Numbers from 0 up; eight bytes for each that was ever in it."""

    def __init__(self) -> None:
        self._members = array("i")
        self._places = array("i")

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, number: int) -> bool:
        return number < len(self._places) and self._places[number] != _ABSENT

    def add(self, number: int) -> None:
        """Put a number in; nothing changes if it is there."""
        if number in self:
            return
        missing = number + 1 - len(self._places)
        if missing > 0:
            self._places.extend([_ABSENT] * missing)
        self._places[number] = len(self._members)
        self._members.append(number)

    def discard(self, number: int) -> None:
        """Take a number out, if it is there."""
        if number not in self:
            return
        place, last = self._places[number], self._members.pop()
        self._places[number] = _ABSENT
        if last != number:
            self._members[place] = last
            self._places[last] = place

    def draw(self, dice: Random) -> int:
        """One of the numbers, which stays (IndexError when there is none)."""
        return self._members[int(dice.random() * len(self._members))]
