"""The arithmetic of a comparison: gains, what normalises them, and what is only noise.

A *gain* is above 1 when the new figure is the better one, whichever way the metric counts. Divided
by what a baseline of the same run has gained, it no longer depends on the machine: the scan is work
that releases do not change, the engine without choices shows what the choice alone has gained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

__all__ = (
    "METRICS",
    "SIGMAS",
    "Change",
    "Metric",
    "Outcome",
    "changes",
    "other_work",
    "outcome_of",
    "same_machine",
)

Report: TypeAlias = Mapping[str, Any]
Outcome: TypeAlias = Literal["better", "worse", "same"]

SIGMAS: Final = 3.0
"""Standard errors that a change must exceed."""


class Metric(NamedTuple):
    """How a figure counts. ``least``: smaller changes mean nothing, whatever the noise."""

    name: str
    more_is_better: bool
    is_time: bool
    least: float
    guarded: bool = True
    """Whether ``--fail-below`` looks at it; single samples are left out."""


METRICS: Final = (
    Metric("decisions_per_second", more_is_better=True, is_time=True, least=0.03),
    Metric("commands_per_second", more_is_better=True, is_time=True, least=0.03),
    Metric("p50_us", more_is_better=False, is_time=True, least=0.03),
    Metric("p99_us", more_is_better=False, is_time=True, least=0.10),
    Metric("p999_us", more_is_better=False, is_time=True, least=0.30, guarded=False),
    Metric("max_us", more_is_better=False, is_time=True, least=1.0, guarded=False),
    Metric("max_command_us", more_is_better=False, is_time=True, least=1.0, guarded=False),
    Metric(
        "processor_decisions_per_second",
        more_is_better=True,
        is_time=True,
        least=0.03,
        guarded=False,
    ),
    Metric("processor_p50_us", more_is_better=False, is_time=True, least=0.03, guarded=False),
    Metric("processor_p99_us", more_is_better=False, is_time=True, least=0.10, guarded=False),
    Metric("choice_us", more_is_better=False, is_time=True, least=0.10, guarded=False),
    Metric("bookkeeping_us", more_is_better=False, is_time=True, least=0.05, guarded=False),
    Metric("bytes_per_waiting", more_is_better=False, is_time=False, least=0.02),
    Metric("bytes_per_agent", more_is_better=False, is_time=False, least=0.05),
)


class Change(NamedTuple):
    """One metric of one row, old and new. Gains are None where they cannot be told."""

    row: str
    metric: str
    old: float
    new: float
    gain: float
    by_null: float | None
    by_scan: float | None
    noise: float
    """What a gain may differ from 1 without meaning anything."""

    outcome: Outcome
    decisive: float
    """The gain that the outcome was taken from."""

    guarded: bool
    by_relay: float | None = None


def changes(row: str, old: Report, new: Report, *, normalise: bool) -> Iterator[Change]:
    """Each metric that both reports have.

    ``normalise``: take the outcome from the gain over the scan, for different machines.
    """
    for metric in METRICS:
        before, after = float(old.get(metric.name, 0)), float(new.get(metric.name, 0))
        if before > 0 and after > 0:
            yield _change(row, metric, old, new, normalise=normalise)


def _change(row: str, metric: Metric, old: Report, new: Report, *, normalise: bool) -> Change:
    before, after = float(old[metric.name]), float(new[metric.name])
    gain = after / before if metric.more_is_better else before / after
    by_null = _normalised(gain, metric, old, new, "null_decisions_per_second")
    by_scan = _normalised(gain, metric, old, new, "scan_decisions_per_second")
    noise = max(metric.least, SIGMAS * _noise(metric.name, old, new))
    decisive = by_scan if normalise and by_scan is not None else gain
    return Change(
        row, metric.name, before, after, gain, by_null, by_scan, noise,
        outcome_of(decisive, noise), decisive, metric.guarded,
    )  # fmt: skip


def _normalised(
    gain: float, metric: Metric, old: Report, new: Report, baseline: str
) -> float | None:
    before, after = float(old.get(baseline, 0)), float(new.get(baseline, 0))
    if not (metric.is_time and before > 0 and after > 0):
        return None
    return gain * before / after


def _noise(metric: str, old: Report, new: Report) -> float:
    """The standard error of the ratio, from those of both figures."""
    errors = (float(report.get("noise", {}).get(metric, 0)) for report in (old, new))
    return float(sum(error * error for error in errors) ** 0.5)


def outcome_of(gain: float, noise: float) -> Outcome:
    """What a gain means where it may differ from 1 by ``noise`` without meaning anything."""
    if gain > 1 + noise:
        return "better"
    return "worse" if gain < 1 / (1 + noise) else "same"


def same_machine(old: Report, new: Report) -> bool:
    """Whether both reports name the same processor and as many cores."""
    facts = [
        (r.get("environment", {}).get("cpu"), r.get("environment", {}).get("cores"))
        for r in (old, new)
    ]
    return facts[0] == facts[1]


_LENGTHS: Final = {"seconds", "decisions", "scan_seconds", "baselines", "rounds"}
"""Options that do not change the work, only how much of it is measured."""


def other_work(old: Report, new: Report) -> dict[str, tuple[Any, Any]]:
    """Options that differ, so that figures are not of the same work."""
    before, after = old.get("options", {}), new.get("options", {})
    return {
        name: (before.get(name), after.get(name))
        for name in sorted((before.keys() | after.keys()) - _LENGTHS)
        if before.get(name) != after.get(name)
    }
