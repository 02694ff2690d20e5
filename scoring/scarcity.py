"""Scarcity: the price of an agent's time, from what is asked for and who could do it.

The prices are the duals of a transport problem (demand classes to groups of equal agents), smoothed
by entropy and found by scaling rows and columns in turn (Sinkhorn and Knopp 1967; Cuturi 2013).
Smoothed, they are unique, and an agent wanted by many is worth something before the average day
runs short of them. All in integers.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ("GROUP_HEADS_MAX", "PRICE_MAX", "PRICE_STEP", "ROUNDS", "prices")

Ints = NDArray[np.int64]

PRICE_MAX: Final = 500_000
"""The highest price in ppm of a fit of 1: past it, smoothed demand has no more to say."""

PRICE_STEP: Final = 5_000
"""Prices are multiples of this, so that they only change when they mean something else."""

ROUNDS: Final = 8
"""Enough from a cold start: prices then stand within a step or two of where they end."""

GROUP_HEADS_MAX: Final = 1 << 17
"""Agents in all; with more, the sums below could leave 64 bits."""

_TEMPERATURE: Final = 0.05
"""How much worse a fit may be and still be taken as good as the best, in units of the fit."""

_ONE: Final = 1 << 22
_GRAIN: Final = 1_000


def _fading(most_ppm: int, step_ppm: int) -> Ints:
    """exp(-x / temperature) for x from 0 in steps, as multiples of 1 / _ONE."""
    steps = range(0, most_ppm + 1, step_ppm)
    return np.array([max(1, round(_ONE * math.exp(-x / 1e6 / _TEMPERATURE))) for x in steps])


_BY_LOSS: Final = _fading(1_000_000, _GRAIN)
_BY_PRICE: Final = _fading(PRICE_MAX, PRICE_STEP)


def prices(fit: Ints, wanted: Ints, heads: Ints) -> Ints:
    """The price of each group's time in ppm.

    ``fit[class, group]`` is the skill term in ppm, -1 where a group may not serve a class;
    ``wanted[class]`` how many interactions are open; ``heads[group]`` how many agents there are.
    """
    kernel = _kernel(fit)
    load = _within_capacity(wanted, kernel, heads)
    left: Ints = np.full(fit.shape[1], _ONE, dtype=np.int64)
    for _ in range(ROUNDS):
        supply = kernel @ (heads * left)
        # plain integers: thousandths of a head, scaled by 2**60, do not fit into 64 bits
        spread = [
            (int(w) << 60) // (1_000 * max(1, int(s))) for w, s in zip(load, supply, strict=True)
        ]
        asked = np.array([min(w, 1 << 32) for w in spread], dtype=np.int64) @ kernel
        left = np.clip((1 << 60) // np.maximum(asked, 1), _BY_PRICE[-1], _ONE)
    steps = np.searchsorted(-_BY_PRICE, -left, side="left")
    return steps.astype(np.int64) * PRICE_STEP


def _kernel(fit: Ints) -> Ints:
    """How readily a class goes to a group: 1 for its best fit, fading with what is lost."""
    best = fit.max(axis=1, keepdims=True)
    loss = np.clip((best - fit) // _GRAIN, 0, len(_BY_LOSS) - 1)
    return np.where(fit >= 0, _BY_LOSS[loss], 0)


def _within_capacity(wanted: Ints, kernel: Ints, heads: Ints) -> Ints:
    """What is wanted in thousandths of a head, no more than there are."""
    could = (kernel > 0) @ heads * 1_000
    load: Ints = np.minimum(wanted * 1_000, could)
    total, room = int(load.sum()), int(heads.sum()) * 1_000
    return load * room // total if total > room else load
