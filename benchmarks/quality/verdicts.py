"""Whether rows reach what they should, and how rows differ from one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.quality.instance import Target
from benchmarks.quality.measures import difference
from benchmarks.quality.running import RowResult
from benchmarks.simulator.estimates import STANDARD_ERRORS_MAX, Estimate

__all__ = ("Verdict", "differences", "verdicts")


ROUNDING: Final = 1e-12
"""What sums of doubles may be off where every stretch says the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target, what was measured for it (of a row, or of its difference from another), and whether
    that reaches it within three standard errors."""

    target: Target
    measured: Estimate
    met: bool


def differences(results: Sequence[RowResult], compared_with: str) -> dict[str, dict[str, Estimate]]:
    """By label of each other row: its measures less those of one, paired by stretch."""
    base = _by_label(results)[compared_with].run
    return {
        result.row.label: difference(result.run, base)
        for result in results
        if result.row.label != compared_with
    }


def verdicts(targets: Sequence[Target], results: Sequence[RowResult]) -> list[Verdict]:
    """One for each target."""
    rows = _by_label(results)
    return [_verdict(target, rows) for target in targets]


def _verdict(target: Target, rows: Mapping[str, RowResult]) -> Verdict:
    row = rows[target.policy]
    if target.than:
        found = difference(row.run, rows[target.than].run)[target.measure]
    else:
        found = row.measures[target.measure]
    short = found.mean - target.number if target.at_most else target.number - found.mean
    met = short <= STANDARD_ERRORS_MAX * found.standard_error + ROUNDING
    return Verdict(target, found, met)


def _by_label(results: Sequence[RowResult]) -> dict[str, RowResult]:
    return {result.row.label: result for result in results}
