"""Random numbers: one independent stream for each thing that is drawn.

What is drawn for one purpose leaves all other streams as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np

__all__ = ("Seed", "drawn", "key_of", "stream")

Seed = int | Sequence[int]
"""One number, or several: such as a seed and the number of a replication."""

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_PURPOSE: Final = 0xD1B54A32D192ED03
_AGAIN: Final = 0x8CB92BA72F3D8DD7


def stream(seed: Seed, *names: str) -> np.random.Generator:
    """A generator that depends on the seed and the names only."""
    return np.random.Generator(np.random.PCG64(_sequence(seed, names)))


def key_of(seed: Seed, *names: str) -> int:
    """A number of 64 bits that depends on the seed and the names only, for :func:`drawn`."""
    return int(_sequence(seed, names).generate_state(1, np.uint64)[0])


def drawn(key: int, number: int, purpose: int, again: int = 0) -> float:
    """A uniform number in [0, 1) for one purpose of the thing with this number, the first time or
    ``again``: always the same, whatever else is drawn (SplitMix64)."""
    mixed = (key + number * _GOLDEN + purpose * _PURPOSE + again * _AGAIN) & _MASK
    for multiplier, shift in ((0xBF58476D1CE4E5B9, 30), (0x94D049BB133111EB, 27)):
        mixed = ((mixed ^ (mixed >> shift)) * multiplier) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53


def _sequence(seed: Seed, names: Sequence[str]) -> np.random.SeedSequence:
    numbers = [seed] if isinstance(seed, int) else list(seed)
    return np.random.SeedSequence([*numbers, *(crc32(name.encode()) for name in names)])
