"""The schedule of a run: slots of quiet and noise in turn, and who arrives when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ("NOISY", "Level", "Options", "Slot", "arrivals_ns", "slots_of", "tenants_of")

NOISY: Final = "noisy"
WARM_UP_S: Final = 3.0
SETTLE_SHARE: Final = 3.0
"""After a flood, so many times as long as it took is left for its work to be done."""


class Level(StrEnum):
    """What the noisy tenant does in a slot; all others always do the same."""

    WARM_UP = "warm_up"
    CALM = "calm"
    """As much as each of the others."""

    BUSY = "busy"
    """So many times as much."""

    FLOOD = "flood"
    """More than the router can decide."""

    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. Rates are interactions a second."""

    quiet: int
    rate: float
    times: float
    flood: float
    slot_s: float
    rounds: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the run, in seconds from its opening."""

    level: Level
    begin_s: float
    end_s: float


def tenants_of(options: Options) -> list[str]:
    """The quiet ones, and then the noisy one."""
    return [*(f"quiet-{number}" for number in range(1, options.quiet + 1)), NOISY]


def slots_of(options: Options) -> list[Slot]:
    """In each round calm, busy, calm and flood; so both sides meet the same disturbances."""
    order = [(Level.CALM, 1.0), (Level.BUSY, 1.0)]
    if options.flood:
        order += [(Level.CALM, 1.0), (Level.FLOOD, 0.5), (Level.SETTLE, 0.5 * SETTLE_SHARE)]
    slots, at_s = [Slot(Level.WARM_UP, 0.0, WARM_UP_S)], WARM_UP_S
    for level, share in order * options.rounds:
        slots.append(Slot(level, at_s, at_s + share * options.slot_s))
        at_s = slots[-1].end_s
    return slots


def arrivals_ns(options: Options, tenant: str) -> NDArray[np.int64]:
    """When a tenant's interactions are to come: a Poisson process whose rate changes by slot."""
    number = tenants_of(options).index(tenant)
    draw = np.random.default_rng((options.seed, number))
    coming = [
        _poisson(draw, slot, _rate(options, tenant, slot.level)) for slot in slots_of(options)
    ]
    times: NDArray[np.int64] = (np.concatenate(coming) * 1e9).astype(np.int64)
    return times


def _rate(options: Options, tenant: str, level: Level) -> float:
    if tenant != NOISY:
        return options.rate
    times = {Level.BUSY: options.times * options.rate, Level.FLOOD: options.flood}
    return times.get(level, options.rate)


def _poisson(draw: np.random.Generator, slot: Slot, rate: float) -> NDArray[np.float64]:
    length_s = slot.end_s - slot.begin_s
    count = int(draw.poisson(rate * length_s))
    return slot.begin_s + np.sort(draw.random(count)) * length_s
