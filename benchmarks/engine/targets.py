"""What the engine is meant to reach, and whether a report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ("TARGETS", "Target", "Verdict", "growth_verdict", "verdicts")


class Target(NamedTuple):
    """A bound on one figure of a report."""

    metric: str
    bound: float
    at_least: bool
    words: str


class Verdict(NamedTuple):
    """A target and the value that was measured."""

    metric: str
    value: float
    bound: float
    words: str
    met: bool


TARGETS: Final = (
    Target("decisions_per_second", 12_000, at_least=True, words="at least 12,000 decisions/s"),
    Target("p99_us", 250, at_least=False, words="p99 at most 250 µs"),
    Target("max_command_us", 5_000, at_least=False, words="no stall over 5 ms"),
    Target("bytes_per_waiting", 1_024, at_least=False, words="at most 1,024 B a waiting"),
    Target("choice_to_bookkeeping", 1, at_least=False, words="choice at most its bookkeeping"),
)


def verdicts(report: Mapping[str, Any]) -> list[Verdict]:
    """Each target whose figure the report has."""
    return [
        Verdict(
            target.metric,
            value := float(report[target.metric]),
            target.bound,
            target.words,
            value >= target.bound if target.at_least else value <= target.bound,
        )
        for target in TARGETS
        if target.metric in report
    ]


GROWTH_MAX: Final = 2.0


def growth_verdict(short: Mapping[str, Any], full: Mapping[str, Any]) -> Verdict:
    """Whether a long queue costs a decision no more than twice what a short one does."""
    growth = float(full["p99_us"]) / float(short["p99_us"])
    words = f"p99 of the full queue at most {GROWTH_MAX:.0f} times that of the short one"
    return Verdict("p99_us", growth, GROWTH_MAX, words, growth <= GROWTH_MAX)
