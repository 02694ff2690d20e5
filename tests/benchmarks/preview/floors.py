"""Small days of which everything is known, and what stands in for a history of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import yaml

from adapters.history import Stood
from benchmarks.preview.cases import Recording
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS, Entries, recorded_day
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.reading import read_scenario

__all__ = (
    "FROM_MS",
    "TO_MS",
    "Recorded",
    "day",
    "fewer_skilled",
    "period_of",
    "policy_of",
    "recorded",
)

FROM_MS: Final = BEGIN_MS + 1_800_000
TO_MS: Final = BEGIN_MS + 9_000_000

DAY: Final = """
name: small-day
horizon_s: 9000
thresholds_s: [20]
types:
  billing:
    channel: voice
    queue: billing
    requirements: [{skill: billing, level: 2, hard: false}, {skill: billing}]
    arrivals: {kind: poisson, per_hour: 360}
    handle: {kind: lognormal, mean_s: 140, cv: 0.7}
    wrap_up: {kind: exponential, mean_s: 20}
    patience: {kind: exponential, mean_s: 120}
    preferred: {share: 0.5}
  technical:
    channel: voice
    queue: technical
    requirements: [{skill: technical}]
    arrivals: {kind: poisson, per_hour: 180}
    handle: {kind: lognormal, mean_s: 200, cv: 0.7}
    wrap_up: {kind: exponential, mean_s: 20}
    patience: {kind: exponential, mean_s: 180}
groups:
  slow: {count: 9, skills: {billing: 4}, handle_factor: 1.3}
  quick: {count: 9, skills: {billing: 2}, handle_factor: 0.8}
  both:
    count: 12
    skills: {billing: 1, technical: 4}
    answer: {kind: uniform, min_s: 1, max_s: 5}
    decline_share: 0.05
    no_answer_share: 0.02
"""


class Recorded:
    """A history that is all in memory."""

    tenant = "main"

    def __init__(self, entries: Entries) -> None:
        self.entries = entries

    def records(self, after: str = "") -> Iterator[tuple[str, bytes]]:
        """All of it."""
        return iter(self.entries)

    def stood_before(self, now_ms: int) -> Stood | None:
        """Nothing is kept of it."""

    def require_whole(self) -> None:
        """It is."""


def day(**changes: Any) -> Scenario:
    """The day, under the policy that is made of it but for these fields."""
    scenario = read_scenario(yaml.safe_load(DAY))
    return scenario.model_copy(update={"policy": {**policy_of(scenario), **changes}})


@cache
def recorded() -> tuple[Entries, Recording]:
    """The journal of the day under its own policy, and what is taken down of the last two hours."""
    entries = recorded_day(day(), 1)
    return entries, period_of(entries)


def period_of(entries: Entries) -> Recording:
    """What is taken down of the last two hours."""
    return record(Recorded(entries), FROM_MS, TO_MS)


def fewer_skilled(**changes: Any) -> dict[str, Any]:
    """A policy under which skill does not count, and so other agents serve, who are quicker."""
    weights = {"skill": 0.0, "history": 0.0, "load": 0.0, "idle": 1.0}
    return {**policy_of(day()), "weights": weights, **changes}
