"""Previews held against the truth: scenarios of the simulator, each day played under both policies.

One day says little: who would have been patient for how long is nobody's to know. So each scenario
has several days, and what counts is how far the preview is off on the mean, with its interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
import yaml
from scipy.special import stdtrit

from adapters.history import Stood
from benchmarks.preview.comparison import CONFIDENCE, estimate
from benchmarks.preview.measures import ALL, measures_of
from benchmarks.preview.model import model_of
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS, Change, Entries, recorded_day
from benchmarks.preview.replaying import replay
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.reading import read_scenario
from benchmarks.simulator.workers import workers

__all__ = ("COMPARED", "LINE", "InMemory", "scenario_names", "scenario_of", "table", "validate")

COMPARED: Final = (
    "service_level",
    "abandonment",
    "asa_s",
    "aht_s",
    "skill_fit",
    "preferred_rate",
    "occupancy",
    "occupancy_spread",
)

LINE: Final = {"skill": 0.0, "history": 0.0, "load": 0.0, "idle": 1.0}
"""The weights of the draft: whoever was idle for longest."""

FROM_MS: Final = BEGIN_MS + 1_800_000
"""What is previewed begins in the middle of the work."""

_FOLDER: Final = files("benchmarks.preview") / "validation"


class InMemory:
    """A history that was made."""

    tenant = "main"

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def records(self, after: str = "") -> Iterator[tuple[str, bytes]]:
        """All of it."""
        return iter(self._entries)

    def stood_before(self, now_ms: int) -> Stood | None:
        """Nothing is kept of it."""

    def require_whole(self) -> None:
        """It is."""


class Day(NamedTuple):
    """One day of a scenario, by measure: what ran and its replays, the draft's truth and what is
    foretold of it (a value for each replication)."""

    was: dict[str, float]
    replayed: list[dict[str, float]]
    truth: dict[str, float]
    foretold: list[dict[str, float]]


def scenario_names() -> list[str]:
    """Those that previews are held against."""
    return sorted(one.name.removesuffix(".yaml") for one in _FOLDER.iterdir())


def scenario_of(name: str) -> Scenario:
    """One of them."""
    return read_scenario(yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")))


def validate(
    names: Sequence[str],
    days: int,
    replications: int,
    jobs: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Play and preview so many days of each scenario; by scenario and measure, what came of it."""
    tasks = [(name, day, replications) for name in names for day in range(1, days + 1)]
    with workers(jobs) as pool:
        found: dict[str, list[Day]] = {name: [] for name in names}
        for done, (task, day) in enumerate(zip(tasks, pool.map(_day, tasks), strict=True), 1):
            found[task[0]].append(day)
            progress(done, len(tasks))
    return {name: _told(found[name]) for name in names}


def _day(task: tuple[str, int, int]) -> Day:
    """In a worker: one day."""
    name, day, replications = task
    scenario = scenario_of(name)
    document = policy_of(scenario)
    draft = {**document, "weights": LINE}
    to_ms = BEGIN_MS + round(scenario.horizon_s * 1_000)
    recording = record(InMemory(recorded_day(scenario, day)), FROM_MS, to_ms)
    model, seeds = model_of(recording), range(1, replications + 1)
    return Day(
        measures_of(recording.happened)[ALL],
        [measures_of(replay(recording, None, seed, model))[ALL] for seed in seeds],
        _truth(scenario, draft, day, to_ms),
        [measures_of(replay(recording, draft, seed, model))[ALL] for seed in seeds],
    )


def _truth(scenario: Scenario, draft: Mapping[str, Any], day: int, to_ms: int) -> dict[str, float]:
    """The very same contacts and agents, under the draft from the begin of the period on."""
    entries = recorded_day(scenario, day, Change(FROM_MS, draft))
    found = record(InMemory(entries), FROM_MS, to_ms)
    return measures_of(found.happened)[ALL]


def _told(days: Sequence[Day]) -> dict[str, Any]:
    return {name: _of_measure(days, name) for name in COMPARED}


def _of_measure(days: Sequence[Day], name: str) -> dict[str, Any]:
    replayed = [_mean([one[name] for one in day.replayed]) for day in days]
    foretold = [_mean([one[name] for one in day.foretold]) for day in days]
    was, truth = [day.was[name] for day in days], [day.truth[name] for day in days]
    inside = [_is_inside(day.truth[name], [one[name] for one in day.foretold]) for day in days]
    return {
        "was": estimate(was).to_dict(),
        "replayed": estimate(replayed).to_dict(),
        "draft_truth": estimate(truth).to_dict(),
        "draft_foretold": estimate(foretold).to_dict(),
        "replayed_off_by": estimate(_differences(was, replayed)).to_dict(),
        "foretold_off_by": estimate(_differences(truth, foretold)).to_dict(),
        "changes_by": estimate(_differences(was, truth)).to_dict(),
        "truth_inside": sum(inside) / len(inside),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _differences(before: Sequence[float], after: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip(before, after, strict=True)]


def _is_inside(truth: float, foretold: Sequence[float]) -> bool:
    """Whether a day lies where 95 of 100 days should, by what replications differ."""
    many = len(foretold)
    if many < 2 or math.isnan(truth):
        return False
    width = float(stdtrit(many - 1, CONFIDENCE)) * float(np.std(foretold, ddof=1))
    return abs(truth - _mean(foretold)) <= width * math.sqrt(1 + 1 / many)


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """What was found as a table of docs/preview.md."""
    yield "| scenario | | what ran | draft: truth | foretold | off by | truth inside |"
    yield "|---|---|---|---|---|---|---|"
    for scenario, measures in found.items():
        for name, one in measures.items():
            cells = [_cell(name, one[key]) for key in ("was", "draft_truth", "draft_foretold")]
            off = _cell(name, one["foretold_off_by"], signed=True)
            words = name.removesuffix("_s").replace("_", " ")
            inside = f"{one['truth_inside']:.0%}".replace("%", " %")
            yield f"| {scenario} | {words} | {' | '.join(cells)} | {off} | {inside} |"


def _cell(name: str, one: Mapping[str, Any], *, signed: bool = False) -> str:
    if one["mean"] is None:
        return "–"
    unit, scale = (" s", 1) if name.endswith("_s") else (" %", 100)
    sign = "+" if signed else ""
    digits = 2 if signed else 1
    mean = f"{one['mean'] * scale:{sign}.{digits}f}"
    half = "" if one["half_width"] is None or not signed else f" ± {one['half_width'] * scale:.2f}"
    return f"{mean}{half}{unit}"
