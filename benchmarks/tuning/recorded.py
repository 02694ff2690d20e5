"""Recorded traffic as the ground of a search: replays of a period, figures from their outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from adapters.tuning.figures import Figure
from benchmarks.preview.cases import Recording, read_recording, write_recording
from benchmarks.preview.model import ASSUMPTIONS, Model, model_of
from benchmarks.preview.outcome import ABANDONED, ANSWERED, DIVERTED, REFUSED, Outcome
from benchmarks.preview.replaying import replay
from benchmarks.scenario.elements import Floats
from benchmarks.tuning.ground import GroundError
from router.policy import Policy, parse_policy

__all__ = ("RecordedGround", "recorded_ground")

SEEDS_APART: Final = 10_000_000
"""Between the replications of one seed and those of the next."""

PPM: Final = 1_000_000

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RecordedGround:
    """A period that was taken down in a file; ``policy`` is the base, ``places`` the queues and
    channels of what came."""

    path: Path
    policy: dict[str, Any]
    seed: int
    about: dict[str, Any]
    places: frozenset[tuple[str, str]]

    def check(self, figures: Sequence[Figure]) -> None:
        """Raise :class:`GroundError` for a channel or queue to which nobody came, and for what no
        recording tells."""
        for figure in figures:
            if figure.measure == "match_value":
                raise GroundError(f"{figure}: a recording does not say what a match is worth")
            if not any(_is_in(figure, *place) for place in self.places):
                raise GroundError(f"{figure}: nobody came to that {figure.scope} in the period")

    def play(self, policy: dict[str, Any], replication: int, figures: Sequence[Figure]) -> Floats:
        """The period once more, under a policy."""
        recording, model = _loaded(self.path)
        outcome = replay(recording, policy, self.seed * SEEDS_APART + replication, model)
        targets = _Targets(parse_policy(dict(self.policy)))
        told = _Told(outcome, targets)
        return np.array([told.ratio(figure) for figure in figures], dtype=np.float64)


def recorded_ground(
    recording: Recording, file: Path, seed: int, policy: Mapping[str, Any] | None = None
) -> RecordedGround:
    """The ground of a recording, which is written to a file for other processes; the search begins
    with the policy that ran last, or with another."""
    write_recording(recording, file)
    came = [case for case in recording.cases if case.create is not None]
    about = {
        "kind": "recorded",
        "name": recording.tenant,
        "from_ms": recording.from_ms,
        "to_ms": recording.to_ms,
        "interactions": len(came),
        "assumptions": list(ASSUMPTIONS),
    }
    places = frozenset((case.queue, case.channel) for case in came)
    base = dict(policy or recording.policies[-1].document)
    return RecordedGround(file, base, seed, about, places)


@lru_cache(maxsize=1)
def _loaded(path: Path) -> tuple[Recording, Model]:
    """In a worker: read and fitted once."""
    recording = read_recording(path)
    return recording, model_of(recording)


class _Targets:
    """How long each may wait, by the base: the same whatever is tried."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def of(self, queue: str, channel: str) -> float:
        """In seconds; 0 for what the policy does not know."""
        own, medium = self._policy.queues.get(queue), self._policy.channels.get(channel)
        if own is not None and channel in own.targets_s:
            return own.targets_s[channel]
        return medium.target_s if medium is not None else 0.0


class _Told:
    """Figures of one outcome."""

    def __init__(self, outcome: Outcome, targets: _Targets) -> None:
        self._outcome, self._targets = outcome, targets
        self._ends = np.array(outcome.ends)
        self._places = np.array(outcome.places)
        self._waited_s = np.array(outcome.waited_ms) / 1_000

    def ratio(self, figure: Figure) -> tuple[float, float]:
        """The part and the whole of a figure."""
        if figure.measure == "occupancy_spread":
            each = list(self._outcome.occupancy.values())
            return (float(np.std(each)), 1.0) if each else (0.0, 0.0)
        here = self._here(figure)
        answered = here & (self._ends == ANSWERED)
        came = here & np.isin(self._ends, (ANSWERED, ABANDONED, DIVERTED, REFUSED))
        if figure.measure == "service_level":
            return self._in_time(figure, answered), float(came.sum())
        if figure.measure == "abandonment":
            return float((here & (self._ends == ABANDONED)).sum()), float(came.sum())
        if figure.measure == "mean_wait":
            return float(self._waited_s[answered].sum()), float(answered.sum())
        found = self._outcome.skill_ppm, PPM
        if figure.measure == "preferred_rate":
            found = self._outcome.knew, 1
        values = np.array(found[0])
        known = answered & (values >= 0)
        return float(values[known].sum()) / found[1], float(known.sum())

    def _here(self, figure: Figure) -> Chosen:
        """What a figure is about; who was never taken in has no place, and counts for all alone."""
        if figure.scope == "all":
            return np.ones(len(self._ends), dtype=np.bool_)
        names = self._outcome.place_names
        numbers = [n for n, place in enumerate(names) if _is_in(figure, *place)]
        return np.isin(self._places, numbers)

    def _in_time(self, figure: Figure, answered: Chosen) -> float:
        if figure.within_s:
            return float((answered & (self._waited_s <= figure.within_s)).sum())
        in_time = 0
        for number, place in enumerate(self._outcome.place_names):
            here = answered & (self._places == number)
            in_time += int((here & (self._waited_s <= self._targets.of(*place))).sum())
        return float(in_time)


def _is_in(figure: Figure, queue: str, channel: str) -> bool:
    wanted = {"queue": queue, "channel": channel}.get(figure.scope)
    return wanted is None or wanted == figure.name
