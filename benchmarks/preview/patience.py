"""Patience: how long customers wait before they leave, of whom most were served before that.

Who left has told; who was served would have waited for longer than they did: a censored
observation. Kaplan and Meier's estimate (1958) of the share that is still there after so long,

    S(t) = product over times t_i <= t of (1 - left_i / there_i),

is made for each channel and queue, of those behind it that have enough who left. A patience is
drawn from what is left of it after the wait that was seen; past the last who left, customers leave
at the rate at which they left on the whole (who left / time waited, all together).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import neg
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.preview.cases import Case

__all__ = ("Patience", "Survival", "survival_of")

LEFT_MIN: Final = 30
"""So many must have left for a curve of their own; else that of the channel, then of all."""

NEVER_MS: Final = math.inf


class Survival(NamedTuple):
    """Who is still there: at ``times_ms``, in order, the share falls to ``shares``."""

    times_ms: list[float]
    shares: list[float]
    rate: float
    """Who leaves in a ms beyond the last time, as a share of those who are there."""

    def share_at(self, waited_ms: float) -> float:
        """The share that waits for longer."""
        place = bisect_right(self.times_ms, waited_ms)
        within = 1.0 if not place else self.shares[place - 1]
        beyond_ms = waited_ms - (self.times_ms[-1] if self.times_ms else 0.0)
        return within * math.exp(-self.rate * beyond_ms) if beyond_ms > 0 else within

    def drawn_ms(self, waited_ms: float, uniform: float) -> float:
        """A patience above ``waited_ms``, at a uniform number in [0, 1); infinite: for good."""
        if not self.rate:
            return NEVER_MS
        left = self.share_at(waited_ms) * (1.0 - uniform)
        place = bisect_left(self.shares, -left, key=neg)
        if place < len(self.shares):
            return max(self.times_ms[place], waited_ms)
        last_ms, last = self.times_ms[-1], self.shares[-1]
        return max(last_ms + math.log(last / left) / self.rate, waited_ms)


def survival_of(waits_ms: NDArray[np.float64], left: NDArray[np.bool_]) -> Survival:
    """The curve of some waits, of which those marked ``left`` ended by giving up."""
    order = np.argsort(waits_ms, kind="stable")
    waits_ms, left = waits_ms[order], left[order]
    times_ms, counts = np.unique(waits_ms[left], return_counts=True)
    there = len(waits_ms) - np.searchsorted(waits_ms, times_ms, side="left")
    total_ms = float(waits_ms.sum())
    rate = int(left.sum()) / total_ms if total_ms else 0.0
    shares: NDArray[np.float64] = np.cumprod(1.0 - counts / there, dtype=np.float64)
    return Survival(times_ms.tolist(), shares.tolist(), rate)


class Patience:
    """The curves of a recording."""

    def __init__(self, cases: Iterable[Case]) -> None:
        seen: dict[tuple[str, ...], tuple[list[float], list[bool]]] = {}
        for case in cases:
            if case.put_aside or case.in_hand or case.answered_before:
                continue
            has_left = case.gave_up_ms >= 0 and not case.gave_up_leg
            for key in _keys(case):
                waits, left = seen.setdefault(key, ([], []))
                waits.append(float(case.waited_ms))
                left.append(has_left)
        self._curves = {
            key: survival_of(np.array(waits), np.array(left))
            for key, (waits, left) in seen.items()
            if sum(left) >= LEFT_MIN or not key
        }

    @property
    def curves(self) -> int:
        """How many curves of their own there are, but for that of all together."""
        return max(0, len(self._curves) - 1)

    def drawn_ms(self, case: Case, uniform: float) -> float:
        """How long the customer waits from arrival: as they did, or drawn given what was seen."""
        if case.gave_up_ms >= 0 and not case.gave_up_leg:
            return float(case.gave_up_ms - case.at_ms)
        for key in _keys(case):
            curve = self._curves.get(key)
            if curve is not None:
                return curve.drawn_ms(case.waited_ms, uniform)
        return NEVER_MS


def _keys(case: Case) -> tuple[tuple[str, ...], ...]:
    return (case.channel, case.queue), (case.channel,), ()
