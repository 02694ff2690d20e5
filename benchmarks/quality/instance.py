"""An instance: a model with its numbers, the policies to compare on it, what they should reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from benchmarks.quality.lookout import MatcherMaker
from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Reference
from benchmarks.simulator.kernel import NO_RECHECKS, Rechecks

__all__ = ("Instance", "Kind", "Rechecks", "Row", "Target")

Kind: TypeAlias = Literal["rival", "onequeue", "reference"]


@dataclass(frozen=True, slots=True)
class Row:
    """One way to route: a scenario with its policy, or with a matcher of its own in the engine."""

    label: str
    scenario: Scenario
    matcher: MatcherMaker | None = None
    rechecks: Rechecks = NO_RECHECKS
    references: Mapping[str, Reference] = field(default_factory=dict)
    kind: Kind = "reference"
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a row should reach in a measure: at least (or, ``at_most``) a number. With ``than`` that
    is the difference from other rows under the same contacts, whichever is the hardest."""

    name: str
    policy: str
    measure: str
    number: float
    than: tuple[str, ...] = ()
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """What is run and reported together. ``measures`` are the columns of the table, in order.

    ``days``: a run is a day from beginning to end, and many are made; otherwise it is a long one in
    a steady state, cut into stretches. ``depth_at_s``: when the mean queue is measured, on days.
    """

    title: str
    measures: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    days: bool = False
    depth_at_s: float | None = None
