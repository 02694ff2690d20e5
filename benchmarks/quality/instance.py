"""An instance: a model with its numbers, the policies to compare on it, what they should reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.quality.baselines import MatcherMaker
from benchmarks.quality.scenario import Scenario
from benchmarks.quality.simulation import NO_RECHECKS, Rechecks
from benchmarks.simulator.estimates import Reference

__all__ = ("Instance", "Row")


@dataclass(frozen=True, slots=True)
class Row:
    """One way to route: a policy document, or a matcher of its own in the engine."""

    label: str
    scenario: Scenario
    policy: Mapping[str, Any]
    matcher: MatcherMaker | None = None
    rechecks: Rechecks = NO_RECHECKS
    references: Mapping[str, Reference] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Instance:
    """What is run and reported together. ``measures`` are the columns of the table, in order."""

    title: str
    measures: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
