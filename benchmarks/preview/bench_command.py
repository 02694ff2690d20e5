"""`onequeue bench preview`: how long each stage of a preview takes, on a day that is made."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.engine.environment import environment
from benchmarks.preview.bench_reading import read_last
from benchmarks.preview.cases import write_recording
from benchmarks.preview.comparison import estimate
from benchmarks.preview.measures import ALL, measures_of
from benchmarks.preview.model import model_of
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS, busy_day, recorded_day
from benchmarks.preview.running import players, replay_pairs
from benchmarks.preview.validating import COMPARED, LINE, InMemory, scenario_names, table, validate
from benchmarks.reporting import JsonOption, one_line_for, write_report
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of

__all__ = ("FORMAT", "preview")

FORMAT: Final = "onequeue-preview-bench-1"
VALIDATION_FORMAT: Final = "onequeue-preview-validation-1"
TARGET_S: Final = 60.0
TARGET_INTERACTIONS: Final = 100_000
DAY_MS: Final = 86_400_000
FROM_MS: Final = BEGIN_MS + 3_600_000
"""After the policy has come, and before anybody else."""


def preview(
    *,
    interactions: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="About so many in the day.")
    ] = 20_000,
    replications: Annotated[int, typer.Option(min=1, max=100, help="Pairs of replays.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another day.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 2,
    truth: Annotated[
        bool,
        typer.Option(
            help="Simulate the day under the draft, too, and compare it with what is foretold."
        ),
    ] = False,
    last_s: Annotated[
        int,
        typer.Option(
            min=0,
            max=86_400,
            help="Time only reading the last so many seconds that there were contacts, from the "
            "state of the hour before and from the first record (0: preview the day).",
        ),
    ] = 0,
    validation: Annotated[
        bool,
        typer.Option(
            "--validate",
            help="Hold previews against the truth instead: several days of several scenarios, each "
            "played under what ran and under the draft.",
        ),
    ] = False,
    days: Annotated[int, typer.Option(min=2, max=1_000, help="Of each scenario.")] = 6,
    json_file: JsonOption = None,
) -> None:
    """Time a preview stage by stage: reading, fitting, the first pair of replays.

    The day is simulated into a journal first; that is not counted. The target is a day of 100,000
    interactions within 60 s on two cores, reading included.

    \b
    Examples:
      onequeue bench preview
      onequeue bench preview --interactions 100000 --json preview.json
      onequeue bench preview --interactions 10000 --replications 10 --truth
      onequeue bench preview --interactions 75000 --last-s 3600
      onequeue bench preview --validate --days 6 --replications 3

    Exits with 0, also when the target is missed; 130 after Ctrl-C.
    """
    with one_line_for(code=Exit.USAGE, command="onequeue bench preview"):
        if last_s:
            told = read_last(busy_day(interactions), seed, last_s)
            report_console().print(told.pop("told"), markup=False)
            write_report({"format": FORMAT, **told, "environment": environment()}, json_file)
            return
        if validation:
            _validate(days, replications, jobs, json_file)
            return
        report = _measured(busy_day(interactions), replications, seed, jobs, with_truth=truth)
    for line in _lines(report):
        report_console().print(line, markup=False)
    write_report(report, json_file)


def _validate(days: int, replications: int, jobs: int, json_file: Path | None) -> None:
    names = scenario_names()

    def told(done: int, of: int) -> None:
        error_console().print(f"{done} of {of} days", markup=False)

    found = validate(names, days, replications, jobs, told)
    for line in table(found):
        typer.echo(line)
    report = {"format": VALIDATION_FORMAT, "days": days, "replications": replications}
    write_report({**report, "scenarios": found, "environment": environment()}, json_file)


def _measured(
    scenario: Scenario, replications: int, seed: int, jobs: int, *, with_truth: bool
) -> dict[str, Any]:
    document = policy_of(scenario)
    draft = {**document, "weights": LINE}
    seconds: dict[str, float] = {}
    error_console().print("simulating the day ...")
    with _timed(seconds, "make"):
        history = InMemory(recorded_day(scenario, seed))
    begun_s = time.perf_counter()
    with players(min(jobs, 2 * replications), replications) as by:
        with _timed(seconds, "read"):
            recording = record(history, FROM_MS, BEGIN_MS + DAY_MS)
        with TemporaryDirectory(prefix="onequeue-bench-") as folder, _timed(seconds, "replay"):
            path = Path(folder) / "recording"
            write_recording(recording, path)
            seeds = range(1, replications + 1)
            found = replay_pairs(by, recording, path, draft, seeds, lambda _done, _found: None)
        took_s = time.perf_counter() - begun_s
    with _timed(seconds, "fit"):  # each process has fitted one of its own, within its first replay
        fitted = model_of(recording).to_dict()
    report: dict[str, Any] = {
        "format": FORMAT,
        "interactions": len(recording.cases),
        "replications": replications,
        "jobs": jobs,
        "seconds": seconds
        | {"total": took_s, "cpu_of_replays": sum(p.seconds for p in found.pairs)},
        "interactions_per_cpu_s": 2
        * len(recording.cases)
        * len(found.pairs)
        / sum(pair.seconds for pair in found.pairs),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "target_s": TARGET_S * len(recording.cases) / TARGET_INTERACTIONS,
        "model": fitted,
        "environment": environment(),
    }
    if with_truth:
        report["truth"] = _truth(scenario, draft, seed, recording.happened, found.pairs)
    return report


def _truth(
    scenario: Scenario, draft: dict[str, Any], seed: int, happened: Any, pairs: Any
) -> dict[str, Any]:
    """Beside each measure under the policy that ran and under the draft: what is foretold."""
    error_console().print("simulating it under the draft ...")
    other = scenario.model_copy(update={"policy": draft})
    entries = InMemory(recorded_day(other, seed))
    true = measures_of(record(entries, FROM_MS, BEGIN_MS + DAY_MS).happened)[ALL]
    was = measures_of(happened)[ALL]
    return {
        name: {
            "happened": was[name],
            "replayed": estimate([pair.found.base[ALL][name] for pair in pairs]).to_dict(),
            "draft_truth": true[name],
            "draft_foretold": estimate([pair.found.draft[ALL][name] for pair in pairs]).to_dict(),
        }
        for name in COMPARED
    }


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    begun_s = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - begun_s


def _lines(report: dict[str, Any]) -> Iterator[str]:
    seconds = report["seconds"]
    yield (
        f"{report['interactions']:,} interactions, {report['replications']} pair(s) of replays in "
        f"{report['jobs']} processes: {seconds['total']:.1f} s (the target for the first pair, in "
        f"proportion: {report['target_s']:.1f} s)"
    )
    yield (
        f"  read {seconds['read']:.1f} s, fit {seconds['fit']:.1f} s (by each process), replay "
        f"{seconds['replay']:.1f} s (processor time {seconds['cpu_of_replays']:.1f} s, "
        f"{report['interactions_per_cpu_s']:,.0f} interactions/s); {report['memory_mb']:,.0f} MB"
    )
    for name, one in report.get("truth", {}).items():
        told, foretold = one["replayed"]["mean"], one["draft_foretold"]["mean"]
        yield (
            f"  {name}: was {one['happened']:.4g}, replayed {told:.4g}; under the draft truly "
            f"{one['draft_truth']:.4g}, foretold {foretold:.4g}"
        )
