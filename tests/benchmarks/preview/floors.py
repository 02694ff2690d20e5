"""A small day of which everything is known."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from benchmarks.preview.cases import Recording
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS, Entries, recorded_day
from benchmarks.preview.validating import LINE, InMemory, scenario_of
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of

__all__ = (
    "FROM_MS",
    "TO_MS",
    "day",
    "fewer_skilled",
    "period_of",
    "policy_of",
    "recorded",
)

FROM_MS: Final = BEGIN_MS + 1_800_000
TO_MS: Final = BEGIN_MS + 9_000_000


def day(**changes: Any) -> Scenario:
    """The day, under the policy that is made of it but for these fields."""
    scenario = scenario_of("two-queues")
    return scenario.model_copy(update={"policy": {**policy_of(scenario), **changes}})


@cache
def recorded() -> tuple[Entries, Recording]:
    """The journal of the day under its own policy, and what is taken down of the last two hours."""
    entries = recorded_day(day(), 1)
    return entries, period_of(entries)


def period_of(entries: Entries) -> Recording:
    """What is taken down of the last two hours."""
    return record(InMemory(entries), FROM_MS, TO_MS)


def fewer_skilled(**changes: Any) -> dict[str, Any]:
    """A policy under which skill does not count, and so other agents serve, who are quicker."""
    return {**policy_of(day()), "weights": LINE, **changes}
