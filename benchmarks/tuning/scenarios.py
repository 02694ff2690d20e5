"""A scenario as the ground of a search: replications by the simulator, figures from its tallies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from adapters.tuning.figures import Figure
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.elements import Floats
from benchmarks.scenario.policies import QUEUE, completed_policy, policy_of
from benchmarks.simulator.figures import match_values
from benchmarks.simulator.run import simulate
from benchmarks.simulator.tally import Tally, TypeTally
from benchmarks.tuning.fit import skill_fit
from benchmarks.tuning.ground import GroundError

__all__ = ("ScenarioGround",)

NEEDS: Final = {
    "preferred_rate": "no type of it has customers who know an agent (preferred)",
    "match_value": "it says nothing of what a match is worth (values)",
    "skill_fit": "no type of it asks for a skill (requirements)",
}
"""Figures that some scenarios have nothing to say about, and why."""


@dataclass(frozen=True, slots=True)
class ScenarioGround:
    """A scenario with its whole policy in it; ``seed`` is that of all replications."""

    scenario: Scenario
    seed: int
    fit: Floats = field(init=False, repr=False, compare=False)
    values: Floats | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fit", skill_fit(self.scenario))
        object.__setattr__(self, "values", match_values(self.scenario))

    @property
    def about(self) -> dict[str, Any]:
        """Its name, and how long it is."""
        scenario = self.scenario
        return {
            "kind": "scenario",
            "name": scenario.name,
            "description": scenario.description,
            "horizon_s": scenario.horizon_s,
            "warm_up_s": scenario.warm_up_s,
        }

    @property
    def policy(self) -> dict[str, Any]:
        """The scenario's own."""
        own = self.scenario.policy
        return dict(own) if isinstance(own, dict) else policy_of(self.scenario)

    def check(self, figures: Sequence[Figure]) -> None:
        """Raise :class:`GroundError` for a channel or queue that nobody comes to, and for what the
        scenario does not say."""
        for figure in figures:
            kinds = self._kinds(figure)
            if not kinds:
                raise GroundError(f"{figure}: nobody comes to that {figure.scope} in the scenario")
            if not self._can_tell(figure, kinds):
                raise GroundError(f"{figure}: {NEEDS[figure.measure]}")

    def play(self, policy: dict[str, Any], replication: int, figures: Sequence[Figure]) -> Floats:
        """One run of the simulator."""
        tried = completed_policy(
            self.scenario.model_copy(update={"policy": policy, **_SAID}), Path()
        )
        (tally,) = simulate(tried, (self.seed, replication)).tallies
        return np.array([self._ratio(figure, tally) for figure in figures], dtype=np.float64)

    def _can_tell(self, figure: Figure, kinds: Sequence[int]) -> bool:
        types = list(self.scenario.types.values())
        if figure.measure == "preferred_rate":
            return any(types[kind].preferred for kind in kinds)
        if figure.measure == "match_value":
            return bool(self.scenario.values)
        if figure.measure == "skill_fit":
            return any(types[kind].requirements for kind in kinds)
        return True

    def _kinds(self, figure: Figure) -> list[int]:
        """The types, by number, that a figure is about."""
        types = enumerate(self.scenario.types.values())
        if figure.scope == "channel":
            return [number for number, kind in types if kind.channel == figure.name]
        if figure.scope == "queue":
            usual = self.policy.get("default_queue", QUEUE)
            return [n for n, kind in types if (kind.queue or usual) == figure.name]
        return [number for number, _ in types]

    def _ratio(self, figure: Figure, tally: Tally) -> tuple[float, float]:
        if figure.measure == "occupancy_spread":
            return _spread(tally), 1.0
        sums = [self._of_type(figure, kind, tally.types[kind]) for kind in self._kinds(figure)]
        return sum(part for part, _ in sums), sum(whole for _, whole in sums)

    def _of_type(self, figure: Figure, kind: int, one: TypeTally) -> tuple[float, float]:
        if figure.measure == "service_level":
            name = list(self.scenario.types)[kind]
            within_s = figure.within_s or self.scenario.thresholds_of(name)[0]
            return float(np.count_nonzero(np.array(one.waits_s) <= within_s)), one.offered
        if figure.measure == "abandonment":
            return one.abandoned, one.offered
        if figure.measure == "mean_wait":
            return sum(one.waits_s), one.served
        agents = np.array(one.agents, dtype=np.int64)
        if figure.measure == "preferred_rate":
            knew = np.array(one.knew, dtype=np.int64)
            reached = np.count_nonzero((agents == knew) & (knew >= 0))
            return float(reached), float(np.count_nonzero(knew >= 0))
        if figure.measure == "skill_fit":
            return float(self.fit[kind, agents].sum()), one.served
        values = self.values
        return 0.0 if values is None else float(values[kind, agents].sum()), one.served


_SAID: Final = dict.fromkeys(("strategy", "order", "weights", "urgency"))
"""What a scenario says for all queues stands in its policy already."""


def _spread(tally: Tally) -> float:
    """The standard deviation of the occupancy of those who were on duty."""
    busy_s, staffed_s = np.array(tally.busy_s), np.array(tally.staffed_s)
    on = staffed_s > 0
    return float((busy_s[on] / staffed_s[on]).std()) if on.any() else 0.0
