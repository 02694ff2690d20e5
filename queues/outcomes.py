"""What became of those who waited in a queue, as far as it tells how well its target is kept."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

__all__ = ("Minute", "Outcomes")


class Minute(NamedTuple):
    """One minute, by its number since 1970: how many outcomes it had, and how many in target."""

    number: int
    in_target: int
    counted: int


class Outcomes(Struct, gc=False):
    """The last minutes of one queue that had an outcome, the oldest first."""

    minutes: list[Minute] = field(default_factory=list)
