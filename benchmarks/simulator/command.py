"""`onequeue simulate`: what a center comes to, before it is tried on people."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress

from adapters.cli.output import Exit, UsageError, console, error_console, report_console
from benchmarks.reporting import JsonOption, one_line_for, write_report
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import completed_policy
from benchmarks.scenario.reading import BUILTIN, builtin_names, read_scenario
from benchmarks.simulator.figures import Figures, layout_of
from benchmarks.simulator.measures import measure
from benchmarks.simulator.replications import replicate
from benchmarks.simulator.report import Effort, to_document
from benchmarks.simulator.report_view import print_report
from benchmarks.simulator.workers import workers

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
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A YAML file, or the name of a built-in one."),
    ] = None,
    *,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other contacts.")] = 1,
    replications: Annotated[
        int, typer.Option("--replications", "-r", min=1, max=10_000, help="Independent runs.")
    ] = REPLICATIONS,
    batches: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000,
            help="Stretches of each run that count for independent [default: 1; 20 of one run].",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="Another policy for the scenario."
        ),
    ] = None,
    json_file: JsonOption = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Processes [default: one for each core].")
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the built-in scenarios, and stop.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Print the scenario's file, to begin your own with.")
    ] = False,
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
      onequeue simulate mine.yaml --policy center.yaml --jobs 2

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
    asked = read_scenario(scenario)
    if policy is not None:
        asked = completed_policy(asked.model_copy(update={"policy": str(policy)}), Path())
    stretches = batches or (STRETCHES_OF_ONE if replications == 1 else 1)
    jobs = min(jobs or os.cpu_count() or 1, replications)
    began_s = time.monotonic()
    with one_line_for(code=Exit.USAGE, command="onequeue simulate"):
        runs = _replicated(asked, seed, replications, stretches, jobs)
    effort = Effort(seed, replications, stretches, jobs, time.monotonic() - began_s)
    measures = measure(asked, layout_of(asked, stretches), runs)
    print_report(asked, effort, measures, runs, report_console(PLAIN_WIDTH))
    write_report(to_document(asked, effort, measures, runs), json_file)


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
