"""One run from an empty engine to a report."""

from __future__ import annotations

import gc
from typing import Any

from rich.console import Console

from benchmarks.engine.baselines import Baselines, measure_baselines
from benchmarks.engine.measuring import Measured, measure
from benchmarks.engine.options import Options
from benchmarks.engine.report import report_of
from benchmarks.engine.setting import Loading, set_up
from benchmarks.engine.tape import RecordingMatcher, ReplayMatcher
from router.matcher import Matcher

__all__ = ("run",)


def run(options: Options, console: Console) -> dict[str, Any]:
    """Set the floor up, measure, set it up again for the baselines; the report.

    ``console`` gets the progress. Raises :class:`benchmarks.engine.setting.NotServed` and
    :class:`benchmarks.engine.baselines.OtherJournal`.
    """
    loading, measured = _measured(options, console)
    baselines: Baselines | None = None
    if options.baselines:
        gc.collect()  # the engine that was measured has cycles; its memory is wanted
        setting, _ = set_up(options, console, ReplayMatcher, " once more, for the baselines")
        baselines = measure_baselines(setting, measured, console)
    return report_of(options, loading, measured, baselines)


def _measured(options: Options, console: Console) -> tuple[Loading, Measured]:
    kind = RecordingMatcher if options.baselines else Matcher
    setting, loading = set_up(options, console, kind)
    return loading, measure(setting, console)
