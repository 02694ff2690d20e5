"""Draws: numbers by chance that are the same on every host, so that a journal tells them again.

Each agent has a stream of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
Generators", OOPSLA 2014) that begins at a hash of their id (FNV-1a); an offer draws from each at
its own number.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ("draw", "draws", "stream_of")

_WORD: Final = (1 << 64) - 1
_STEP: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
_HASH: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3


def stream_of(agent_id: str) -> int:
    """Where an agent's stream begins."""
    found = _HASH
    for byte in agent_id.encode("utf-8", "surrogatepass"):
        found = (found ^ byte) * _PRIME & _WORD
    return found


def draw(stream: int, number: int) -> int:
    """What the offer of a number draws from a stream: 63 bits."""
    mixed = (stream + number * _STEP) & _WORD
    mixed = (mixed ^ mixed >> 30) * _FIRST & _WORD
    mixed = (mixed ^ mixed >> 27) * _SECOND & _WORD
    return (mixed ^ mixed >> 31) >> 1


def draws(streams: NDArray[np.uint64], number: int) -> NDArray[np.int64]:
    """The same from many streams."""
    mixed = streams + np.uint64(number * _STEP & _WORD)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(_FIRST)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(_SECOND)
    return ((mixed ^ mixed >> np.uint64(31)) >> np.uint64(1)).astype(np.int64)
