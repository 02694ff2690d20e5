"""Try a center on the real engine in virtual time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import typer
from rich.progress import Progress

from adapters.cli.output import Exit, UsageError, console, error_console, report_console
from adapters.documents.faults import DocumentError
from benchmarks.charts.simulation import write_simulation_report
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import completed_policy
from benchmarks.scenario.reading import BUILTIN, builtin_names, read_scenario
from benchmarks.simulator.command_options import (
    BatchesOption,
    JobsOption,
    ListOption,
    PolicyOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    ShowOption,
)
from benchmarks.simulator.figures import Figures, layout_of
from benchmarks.simulator.measures import measure
from benchmarks.simulator.replications import replicate
from benchmarks.simulator.report import Effort, to_document
from benchmarks.simulator.report_view import print_report
from benchmarks.simulator.workers import workers
from router.errors import PolicyError

__all__ = ("app", "simulate")

REPLICATIONS: Final = 10
PLAIN_WIDTH: Final = 160
STRETCHES_OF_ONE: Final = 20
"""Of a single run, so that it has intervals too."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(no_args_is_help=True)
def simulate(
    scenario: ScenarioArgument = None,
    *,
    seed: SeedOption = 1,
    replications: ReplicationsOption = REPLICATIONS,
    batches: BatchesOption = None,
    policy: PolicyOption = None,
    json_file: JsonOption = None,
    page: PageOption = None,
    jobs: JobsOption = None,
    list_all: ListOption = False,
    show: ShowOption = False,
) -> None:
    """Simulate a contact center: the real engine under virtual time.

    A scenario says who gets in touch and when, how long things take, who works with which skills,
    and by which policy. Every measure comes with its 95 % confidence interval over independent
    replications. Equal seeds give equal contacts, whatever the policy: two policies are compared on
    the very same ones.

    \b
    Examples:
      onequeue simulate --list
      onequeue simulate surge
      onequeue simulate surge --show > mine.yaml
      onequeue simulate mine.yaml --seed 7 --replications 20 --json mine.json
      onequeue simulate mine.yaml --policy center.yaml --report mine.html

    Every field of a scenario: docs/simulate.md. Exits with 0; 2 when the scenario, its policy or
    its export cannot be used; 130 after Ctrl-C.
    """
    if list_all:
        _list()
        return
    if scenario is None:
        raise UsageError(f"name a scenario file, or one of {', '.join(builtin_names())}")
    if show:
        _show(scenario)
        return
    with one_line_for(PolicyError, DocumentError, code=Exit.USAGE, command="onequeue simulate"):
        asked = read_scenario(scenario)
        if policy is not None:
            asked = completed_policy(asked.model_copy(update={"policy": str(policy)}), Path())
    stretches = batches or (STRETCHES_OF_ONE if replications == 1 else 1)
    document = _simulated(asked, seed, replications, stretches, jobs or os.cpu_count() or 1)
    write_report(document, json_file)
    if page is not None:
        write_simulation_report(document, page)


def _simulated(
    scenario: Scenario, seed: int, replications: int, batches: int, jobs: int
) -> dict[str, Any]:
    """Simulate and tell; the document of it."""
    jobs, began_s = min(jobs, replications), time.monotonic()
    with one_line_for(code=Exit.USAGE, command="onequeue simulate"):
        runs = _replicated(scenario, seed, replications, batches, jobs)
    effort = Effort(seed, replications, batches, jobs, time.monotonic() - began_s)
    measures = measure(scenario, layout_of(scenario, batches), runs)
    print_report(scenario, effort, measures, runs, report_console(PLAIN_WIDTH))
    return to_document(scenario, effort, measures, runs)


def _list() -> None:
    for name in builtin_names():
        console().print(f"{name:20}  {read_scenario(name).description}", markup=False)


def _show(name: str) -> None:
    path = BUILTIN / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"{name} is not built in; these are: {', '.join(builtin_names())}")
    console().print(path.read_text(encoding="utf-8"), markup=False, end="")


def _replicated(
    scenario: Scenario, seed: int, replications: int, batches: int, jobs: int
) -> list[Figures]:
    with _followed(scenario.name, replications) as tell, workers(jobs) as pool:
        return replicate(
            scenario,
            pool,
            seed=seed,
            replications=replications,
            batches=batches,
            progress=tell,
        )


@contextmanager
def _followed(name: str, replications: int) -> Iterator[Callable[[Figures], None]]:
    """A bar on standard error, or one line where that is no terminal."""
    errors = error_console()
    if not errors.is_terminal:
        errors.print(f"{name}: {replications} replications ...", markup=False)
        yield lambda _figures: None
        return
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task(name, total=replications)
        yield lambda _figures: bar.advance(task)


if __name__ == "__main__":
    app()
