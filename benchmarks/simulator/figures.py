"""A run in numbers: what is counted of each stretch, small enough to be sent and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.elements import Floats
from benchmarks.scenario.workload import expected
from benchmarks.simulator.run import Run
from benchmarks.simulator.tally import Series, Tally, TypeTally

__all__ = (
    "COUNTS",
    "QUANTILES",
    "Figures",
    "Layout",
    "figures_of",
    "layout_of",
    "match_values",
)

QUANTILES: Final = (0.5, 0.75, 0.9, 0.95, 0.99)

COUNTS: Final = (
    "offered",
    "fresh",
    "served",
    "abandoned",
    "blocked",
    "diverted",
    "left",
    "knowing",
    "reached",
    "wait_s",
    "gave_up_s",
    "value",
    "brought",
    "knew",
)
"""What is summed up of each type: contacts; those who knew an agent, and who of them reached that
agent; seconds waited by those served and by those who gave up; match values; work, as multiples of
its mean; those served who knew an agent."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The tables by which contacts are counted: thresholds in s, ``levels`` that agents have in
    what a type asks first (``level_of`` by type and agent: which of them), ``values`` by type and
    agent; groups as agents by number."""

    thresholds_s: tuple[float, ...]
    levels: tuple[str, ...]
    level_of: NDArray[np.int64]
    values: Floats | None
    handle_s: Floats
    groups: Mapping[str, list[int]]
    expected: Floats
    """Fresh contacts by stretch and type."""


@dataclass(slots=True, eq=False)
class Figures:
    """One run: ``counts`` by (stretch, type, count), ``in_time`` by (stretch, type, threshold),
    ``by_level`` by (stretch, type, level); ``busy_s``, ``staffed_s`` and ``served_by`` by (stretch,
    agent); ``quantiles_s`` of waits by type, and last over all; ``lengths_s`` by stretch."""

    counts: Floats
    in_time: Floats
    by_level: Floats
    busy_s: Floats
    staffed_s: Floats
    served_by: Floats
    quantiles_s: Floats
    lengths_s: Floats
    series: Series
    contacts: int
    cpu_s: float


def layout_of(scenario: Scenario, batches: int) -> Layout:
    """How runs of a scenario are counted."""
    thresholds = {t for name in scenario.types for t in scenario.thresholds_of(name)}
    levels, level_of = _levels(scenario)
    groups: dict[str, list[int]] = {}
    for number, person in enumerate(scenario.people):
        groups.setdefault(person.group, []).append(number)
    bounds = np.linspace(scenario.warm_up_s, scenario.horizon_s, batches + 1)
    upto = np.array(
        [[expected(scenario, name, 0.0, float(at_s)) for name in scenario.types] for at_s in bounds]
    )
    return Layout(
        thresholds_s=tuple(sorted(thresholds | set(scenario.thresholds_s))),
        levels=levels,
        level_of=level_of,
        values=match_values(scenario),
        handle_s=np.array([kind.handle.expected_s for kind in scenario.types.values()]),
        groups=groups,
        expected=np.diff(upto, axis=0),
    )


def _levels(scenario: Scenario) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The levels there are in what types ask first, and who has which ("" where nothing is asked
    of a skill)."""
    asked = []
    for kind in scenario.types.values():
        skills = [one.skill for one in kind.requirements if one.skill]
        asked.append(skills[0] if skills else None)
    held = [
        ["" if skill is None else str(person.worker.skills.get(skill, 0)) for skill in asked]
        for person in scenario.people
    ]
    names = sorted({level for row in held for level in row}, key=lambda name: (len(name), name))
    places = {name: place for place, name in enumerate(names)}
    table = np.array([[places[level] for level in row] for row in held], dtype=np.int64)
    return tuple(names), table.T


def match_values(scenario: Scenario) -> Floats | None:
    """What a match is worth, by type and agent; 0 where nothing is said."""
    if not scenario.values:
        return None
    table = np.zeros((len(scenario.types), len(scenario.people)))
    for row, name in enumerate(scenario.types):
        given = scenario.values.get(name, {})
        if isinstance(given, list):
            table[row] = given
            continue
        for column, person in enumerate(scenario.people):
            table[row, column] = given.get(person.agent_id, given.get(person.group, 0.0))
    return table


def figures_of(run: Run, layout: Layout) -> Figures:
    """Count everything of a run."""
    tallies = run.tallies
    kinds, agents = len(layout.handle_s), len(tallies[0].busy_s)
    found = Figures(
        counts=np.zeros((len(tallies), kinds, len(COUNTS))),
        in_time=np.zeros((len(tallies), kinds, len(layout.thresholds_s))),
        by_level=np.zeros((len(tallies), kinds, len(layout.levels))),
        busy_s=np.array([tally.busy_s for tally in tallies]),
        staffed_s=np.array([tally.staffed_s for tally in tallies]),
        served_by=np.zeros((len(tallies), agents)),
        quantiles_s=_quantiles_s(tallies),
        lengths_s=np.array([tally.length_s for tally in tallies]),
        series=run.series,
        contacts=run.contacts,
        cpu_s=run.cpu_s,
    )
    for stretch, tally in enumerate(tallies):
        for kind, one in enumerate(tally.types):
            _count(found, layout, stretch, kind, one)
    return found


def _count(found: Figures, layout: Layout, stretch: int, kind: int, one: TypeTally) -> None:
    waits_s = np.array(one.waits_s)
    agents, knew = np.array(one.agents, dtype=np.int64), np.array(one.knew, dtype=np.int64)
    values = 0.0 if layout.values is None else float(layout.values[kind, agents].sum())
    found.counts[stretch, kind] = (
        one.offered,
        one.fresh,
        one.served,
        one.abandoned,
        one.blocked,
        one.diverted,
        one.left,
        one.knowing,
        np.count_nonzero(agents == knew),
        waits_s.sum(),
        sum(one.gave_up_s),
        values,
        one.brought_s / layout.handle_s[kind],
        np.count_nonzero(knew >= 0),
    )
    found.in_time[stretch, kind] = np.searchsorted(
        np.sort(waits_s), np.array(layout.thresholds_s), side="right"
    )
    levels = layout.level_of[kind, agents]
    found.by_level[stretch, kind] = np.bincount(levels, minlength=len(layout.levels))
    found.served_by[stretch] += np.bincount(agents, minlength=found.served_by.shape[1])


def _quantiles_s(tallies: list[Tally]) -> Floats:
    """Quantiles of the waits of those served: by type, and over all."""
    kinds = range(len(tallies[0].types))
    waits = [np.concatenate([np.array(tally.types[k].waits_s) for tally in tallies]) for k in kinds]
    waits.append(np.concatenate(waits))
    nothing = np.full(len(QUANTILES), np.nan)
    return np.array([np.quantile(each, QUANTILES) if len(each) else nothing for each in waits])
