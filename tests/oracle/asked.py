"""What is asked of the floor, and what it may come to: an effect, ``repeated``, or a code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tests.oracle.floor import Floor

EFFECT: Final = "effect"
REPEATED: Final = "repeated"

Outcomes = frozenset[str]


def one(outcome: str) -> Outcomes:
    return frozenset((outcome,))


def every(states: Iterable[str], *outcomes: str) -> dict[str, set[str]]:
    """The same outcomes for several states."""
    return {state: set(outcomes) for state in states}


class Asked(NamedTuple):
    """The floor before a command, when the command arrived and when it is decided."""

    floor: Floor
    at_ms: int
    now_ms: int
