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
    """A target, what was measured for it (of a row, or of its difference from ``than``, the hardest
    of those that it names), and whether that reaches it within three standard errors."""

    target: Target
    measured: Estimate
    than: str

    @property
    def missed_by(self) -> float:
        """By how much it falls short; below 0 if it does not."""
        if self.target.at_most:
            return self.measured.mean - self.target.number
        return self.target.number - self.measured.mean

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.missed_by <= STANDARD_ERRORS_MAX * self.measured.standard_error + ROUNDING


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
    if not target.than:
        return Verdict(target, row.measures[target.measure], "")
    against = (
        Verdict(target, difference(row.run, rows[than].run)[target.measure], than)
        for than in target.than
    )
    return max(against, key=lambda verdict: verdict.missed_by)


def _by_label(results: Sequence[RowResult]) -> dict[str, RowResult]:
    return {result.row.label: result for result in results}
