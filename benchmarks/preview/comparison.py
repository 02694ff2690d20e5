"""Two outcomes of one period side by side, and several such pairs as estimates with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.special import stdtrit

from benchmarks.preview.cases import Recording
from benchmarks.preview.measures import Measures, Scope, measures_of
from benchmarks.preview.outcome import ABANDONED, ANSWERED, DIVERTED, OPEN, REFUSED, Outcome
from benchmarks.simulator.estimates import Estimate

__all__ = (
    "Comparison",
    "Moved",
    "Side",
    "compare",
    "differences",
    "elsewhere",
    "estimate",
    "of_pairs",
)

CONFIDENCE: Final = 0.975
ENDS: Final = {
    OPEN: "open",
    ANSWERED: "answered",
    ABANDONED: "abandoned",
    DIVERTED: "diverted",
    REFUSED: "refused",
}


class Side(NamedTuple):
    """How a wait ended, with whom ("": nobody), and after which time."""

    end: str
    agent: str
    wait_s: float


class Moved(NamedTuple):
    """An interaction that goes elsewhere: how it went, and how it would go."""

    interaction_id: str
    queue: str
    channel: str
    arrived_ms: int
    base: Side
    draft: Side


class Comparison(NamedTuple):
    """A pair of outcomes of one seed: the measures of both, and how many of the interactions of the
    period (``compared``) end otherwise or with another agent (``elsewhere``)."""

    base: Measures
    draft: Measures
    elsewhere: int
    compared: int


def compare(base: Outcome, draft: Outcome) -> Comparison:
    """What is another under the draft. Both are outcomes of one recording."""
    moved = differences(base, draft)
    return Comparison(measures_of(base), measures_of(draft), int(moved.sum()), len(moved))


def differences(base: Outcome, draft: Outcome) -> Any:
    """By case: whether it ends otherwise, or with another agent."""
    return (np.array(base.ends) != np.array(draft.ends)) | (_agents(base) != _agents(draft))


def _agents(outcome: Outcome) -> Any:
    names = np.array(["", *outcome.agent_ids], dtype=object)
    return names[np.array(outcome.agents) + 1]


def elsewhere(recording: Recording, base: Outcome, draft: Outcome, most: int) -> list[Moved]:
    """Those that go elsewhere, of those that came in the period: the most affected first (by the
    change of their wait), at most so many."""
    found = np.flatnonzero(differences(base, draft))
    change_ms = np.abs(np.array(draft.waited_ms)[found] - np.array(base.waited_ms)[found])
    order = found[np.argsort(-change_ms, kind="stable")].tolist()
    came = (place for place in order if recording.cases[place].create is not None)
    return [_moved(recording, base, draft, place) for place in islice(came, most)]


def _moved(recording: Recording, base: Outcome, draft: Outcome, place: int) -> Moved:
    case, name = recording.cases[place], recording.cases[place].interaction_id
    sides = _side(base, place), _side(draft, place)
    return Moved(name, case.queue, case.channel, case.at_ms, *sides)


def _side(outcome: Outcome, place: int) -> Side:
    agent = outcome.agents[place]
    name = outcome.agent_ids[agent] if agent >= 0 else ""
    return Side(ENDS[outcome.ends[place]], name, max(0, outcome.waited_ms[place]) / 1_000)


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of some replications with its 95 % interval (Student); of one, without."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return Estimate(math.nan, math.nan, math.nan)
    mean = float(np.mean(known))
    if len(known) < 2:
        return Estimate(mean, math.nan, math.nan)
    error = float(np.std(known, ddof=1)) / math.sqrt(len(known))
    return Estimate(mean, error, float(stdtrit(len(known) - 1, CONFIDENCE)) * error)


def of_pairs(
    pairs: Sequence[Comparison],
) -> dict[Scope, dict[str, tuple[Estimate, Estimate, Estimate]]]:
    """By scope and measure: under the base, under the draft, and the difference pair by pair."""
    scopes = dict.fromkeys(s for pair in pairs for s in (*pair.base, *pair.draft))
    return {scope: _of_scope(pairs, scope) for scope in scopes}


def _of_scope(
    pairs: Sequence[Comparison], scope: Scope
) -> dict[str, tuple[Estimate, Estimate, Estimate]]:
    names = dict.fromkeys(
        name for pair in pairs for side in (pair.base, pair.draft) for name in side.get(scope, {})
    )
    found = {}
    for name in names:
        base = [pair.base.get(scope, {}).get(name, math.nan) for pair in pairs]
        draft = [pair.draft.get(scope, {}).get(name, math.nan) for pair in pairs]
        change = [b - a for a, b in zip(base, draft, strict=True)]
        found[name] = estimate(base), estimate(draft), estimate(change)
    return found
