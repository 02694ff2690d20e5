"""`onequeue bench quality`: OneQueue beside every named strategy, under the same contacts."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated, Any, Final, TypeAlias

import typer
from rich.console import Console

from adapters.cli.output import Exit, UsageError, error_console, report_console
from benchmarks.charts.quality import write_quality_report
from benchmarks.engine.environment import environment
from benchmarks.quality.contest_view import contest_document, print_contest
from benchmarks.quality.contests import CONTESTS
from benchmarks.quality.running import Effort, run_followed
from benchmarks.quality.verdicts import differences, verdicts
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.simulator.workers import workers

__all__ = ("quality",)

FORMAT: Final = "onequeue-quality-1"
CALLS: Final = 50_000
QUICK_CALLS: Final = 8_000
PLAIN_WIDTH: Final = 180


InstanceOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--instance", metavar="NAME", help="Only this one; may be repeated."),
]
QuickOption: TypeAlias = Annotated[
    bool, typer.Option("--quick", help=f"A first look: {QUICK_CALLS:,} contacts a row.")
]
CallsOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=200, help=f"Contacts that count in each row [default: {CALLS:,}]."),
]
SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="Another seed, other contacts.")]
JobsOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Processes [default: one for each core].")
]
CheckOption: TypeAlias = Annotated[
    bool, typer.Option("--check", help="Exit with 1 when a target is missed.")
]


def quality(
    *,
    instance: InstanceOption = None,
    json_file: JsonOption = None,
    page: PageOption = None,
    quick: QuickOption = False,
    calls: CallsOption = None,
    seed: SeedOption = 7,
    jobs: JobsOption = None,
    check: CheckOption = False,
) -> None:
    """Compare OneQueue's policies with named strategies, by whom they match and who waits.

    The real engine in virtual time, on centers with known difficulties and on a day of an
    omnichannel one. All rows meet the same contacts: differences are told in pairs, with 95 %
    intervals of their own. `onequeue quality` has the models themselves, for any numbers, and
    against exact answers.

    \b
    Examples:
      onequeue bench quality --quick
      onequeue bench quality --instance omnichannel --instance xmodel
      onequeue bench quality --json quality.json --report quality.html --check

    Exits with 0, with 1 when (--check) a target is missed, 2 for names that there are not, 130
    after Ctrl-C.
    """
    chosen = _chosen(instance)
    effort = Effort(calls or (QUICK_CALLS if quick else CALLS), seed)
    started_s = time.monotonic()
    with one_line_for(code=Exit.INTERNAL), workers(jobs) as pool:
        screen = report_console(PLAIN_WIDTH)
        documents = [_played(name, effort, pool, screen) for name in chosen]
    document = {
        "format": FORMAT,
        "holds": all(target["met"] for one in documents for target in one["targets"]),
        "environment": environment(),
        "options": {"instances": chosen, "calls": effort.calls, "seed": seed, "quick": quick},
        "seconds": round(time.monotonic() - started_s, 1),
        "instances": documents,
    }
    write_report(document, json_file)
    if page is not None:
        write_quality_report(document, page)
    error_console().print(f"Took {document['seconds']:.0f} s; seed {seed}.", style="dim")
    raise typer.Exit(Exit.BAD if check and not document["holds"] else Exit.OK)


def _chosen(names: list[str] | None) -> list[str]:
    """The contests to run, in their order."""
    for name in names or ():
        if name not in CONTESTS:
            raise UsageError(f"there is no instance {name!r}; they are: {', '.join(CONTESTS)}")
    return [name for name in CONTESTS if names is None or name in names]


def _played(
    name: str, effort: Effort, pool: ProcessPoolExecutor, screen: Console
) -> dict[str, Any]:
    """Run a contest, print it, and return its document."""
    contest = CONTESTS[name]
    instance = contest.build()
    results = run_followed(name, instance, effort, pool)
    changes = differences(results, contest.compared_with)
    found = verdicts(instance.targets, results)
    print_contest(contest, instance, results, changes, found, screen)
    return contest_document(name, contest, instance, results, changes, found)
