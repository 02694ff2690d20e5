"""The report of one run: figures as plain values, as they stand in the JSON file."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from benchmarks.engine.baselines import Baselines
from benchmarks.engine.environment import environment
from benchmarks.engine.kinds import DECISIONS, Kind
from benchmarks.engine.measuring import Measured
from benchmarks.engine.memory import peak_bytes
from benchmarks.engine.options import Options
from benchmarks.engine.samples import SEGMENTS, Figures, Samples, figures_of
from benchmarks.engine.setting import Loading

__all__ = ("FORMAT", "report_of")

FORMAT: Final = "onequeue bench engine 1"
"""Stands in every file, so that a foreign one is told from ours."""

STALLS: Final = 5


def report_of(
    options: Options, loading: Loading, measured: Measured, baselines: Baselines | None
) -> dict[str, Any]:
    """Everything that was measured. Rates count the engine's time, not the generator's."""
    samples = measured.samples
    decided = figures_of(samples.took_ns()[samples.is_decision()])
    worked = figures_of(samples.processor_ns()[samples.is_decision()])
    report: dict[str, Any] = {
        "format": FORMAT,
        "decisions_per_second": _rate(samples.decisions, samples),
        "p50_us": decided.p50_us,
        "p99_us": decided.p99_us,
        "p999_us": decided.p999_us,
        "max_us": decided.max_us,
        "mean_us": decided.mean_us,
        "commands_per_second": _rate(samples.commands, samples),
        "max_command_us": float(samples.took_ns().max(initial=0) / 1e3),
        "idle_loop_max_us": measured.idle_loop_max_us,
        "processor_decisions_per_second": _processor_rate(samples),
        "processor_p50_us": worked.p50_us,
        "processor_p99_us": worked.p99_us,
        "processor_p999_us": worked.p999_us,
        "processor_max_us": worked.max_us,
        "bytes_per_waiting": loading.bytes_per_waiting,
        "bytes_per_agent": loading.bytes_per_agent,
        "policy_in_force_seconds": measured.policy_in_force_s,
        "caught_up_seconds": measured.caught_up_s,
    }
    if baselines is not None:
        report |= _baseline_figures(measured, baselines)
    report |= {
        "decisions": samples.decisions,
        "commands": samples.commands,
        "noise": _noise(samples),
        "kinds": {kind.words: _kind(samples, kind) for kind in Kind},
        "stalls": [stall._asdict() for stall in samples.longest(STALLS)],
        "gc": measured.collections,
        "floor": _floor(loading, measured),
        "setting_up": _setting_up(loading),
        "peak_bytes": peak_bytes(),
        "options": asdict(options),
        "environment": environment(),
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    return {name: value for name, value in report.items() if value is not None}


def _rate(count: int, samples: Samples) -> float:
    engine_ns = int(samples.steps_ns().sum())
    return count * 1e9 / engine_ns if engine_ns else 0.0


def _processor_rate(samples: Samples) -> float:
    """Decisions a second if no other process had taken time."""
    first_of_step = samples.steps_ns() > 0
    worked_ns = int(samples.processor_ns()[first_of_step].sum())
    return samples.decisions * 1e9 / worked_ns if worked_ns else 0.0


def _baseline_figures(measured: Measured, baselines: Baselines) -> dict[str, Any]:
    """The rates of the baselines, and what a choice costs on the commands that they shared.

    The cost is the processor's time: a difference of two means must not hang on other processes.
    """
    scan, null = baselines.scan, baselines.replayed
    shared = measured.samples.processor_ns()[baselines.first_replayed :]
    bookkeeping_us = figures_of(null.processor_ns()[null.is_decision()]).mean_us
    choice_us = figures_of(shared[null.is_decision()]).mean_us - bookkeeping_us
    scanned = _rate(scan.decisions, scan)
    return {
        "scan_decisions_per_second": scanned,
        "scan_decisions": scan.decisions,
        "null_commands_per_second": _rate(null.commands, null),
        "null_decisions_per_second": _rate(null.decisions, null),
        "choice_us": choice_us,
        "bookkeeping_us": bookkeeping_us,
        "choice_to_bookkeeping": choice_us / bookkeeping_us if bookkeeping_us else 0.0,
        "speed_to_scan": (
            _rate(measured.samples.decisions, measured.samples) / scanned if scanned else 0.0
        ),
    }


def _noise(samples: Samples) -> dict[str, float]:
    """Standard errors, as shares of the figures, from the spread between stretches of the run."""
    decided, took, steps = samples.is_decision(), samples.took_ns(), samples.steps_ns()
    rates, p50s, p99s = [], [], []
    for part in np.array_split(np.arange(samples.commands), SEGMENTS):
        engine_ns = int(steps[part].sum())
        figures = figures_of(took[part][decided[part]])
        if engine_ns and figures.count:
            rates.append(figures.count / engine_ns)
            p50s.append(figures.p50_us)
            p99s.append(figures.p99_us)
    return {
        "decisions_per_second": _standard_error(rates),
        "p50_us": _standard_error(p50s),
        "p99_us": _standard_error(p99s),
    }


def _standard_error(values: list[float]) -> float:
    if len(values) < 2:
        return 0.0
    return float(np.std(values, ddof=1) / np.mean(values) / len(values) ** 0.5)


def _kind(samples: Samples, kind: Kind) -> dict[str, Any]:
    figures: Figures = samples.of_kind(kind)
    return {
        **asdict(figures),
        "decision": kind in DECISIONS,
        "share_of_commands": figures.count / max(1, samples.commands),
        "share_offered": samples.offered_share(kind),
    }


def _floor(loading: Loading, measured: Measured) -> dict[str, Any]:
    samples = measured.samples
    return {
        "waiting_at_begin": loading.waiting,
        "waiting_lowest": measured.waiting_lowest,
        "waiting_highest": measured.waiting_highest,
        "assigned_at_begin": loading.assigned,
        "offers": samples.offers,
        "records": measured.records,
        "work_entries": measured.work_entries,
        "rejected": measured.rejected,
        "virtual_seconds": measured.virtual_seconds,
        "warm_up_commands": measured.warm_up.commands,
        "warm_up_longest_us": float(measured.warm_up.took_ns().max(initial=0) / 1e3),
        "wall_seconds": measured.wall_seconds,
    }


def _setting_up(loading: Loading) -> dict[str, Any]:
    return {
        "seconds": loading.seconds,
        "commands": loading.commands,
        "commands_per_second": loading.commands_per_second,
        "agents_seconds": loading.agents_seconds,
        "longest_batch_ms": loading.longest_batch_ms,
    }
