"""`onequeue bench recovery`: how long it takes until a router has its state again."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from adapters.cli.output import Exit, error_console, report_console
from benchmarks.engine.command_options import (
    AgentsOption,
    CheckOption,
    ClassesOption,
    SeedOption,
    WaitingOption,
)
from benchmarks.engine.setting import NotServed, set_up
from benchmarks.recovery.options import RecoveryOptions
from benchmarks.recovery.replay import replay_traffic
from benchmarks.recovery.report import print_report, report_of, verdicts_of
from benchmarks.recovery.snapshot import restore, write
from benchmarks.reporting import JsonOption, one_line_for, write_report
from router.errors import InvariantError

__all__ = ("recovery",)

EventsOption = Annotated[
    int, typer.Option(min=1, max=100_000_000, help="Events of the journal that is replayed.")
]


def recovery(
    *,
    agents: AgentsOption = 10_000,
    waiting: WaitingOption = 1_000_000,
    classes: ClassesOption = 1_000,
    events: EventsOption = 500_000,
    seed: SeedOption = 1,
    json_file: JsonOption = None,
    check: CheckOption = False,
) -> None:
    """Time what a router does before it leads: a snapshot read, a journal replayed.

    A full floor is written as a snapshot, in memory, and an engine made of it, which must be the
    same; and the journal of a smaller floor is folded from its first record. Redis takes no part.

    \b
    Examples:
      onequeue bench recovery --waiting 20000 --agents 1000
      onequeue bench recovery --json recovery.json

    Exits with 0 also when targets are missed, unless --check asks for 1; with 2 for wrong usage, 70
    when what is recovered is not what was there, 130 after Ctrl-C.
    """
    options = RecoveryOptions(
        agents=agents, waiting=waiting, classes=classes, events=events, seed=seed
    )
    with one_line_for(NotServed, InvariantError, code=Exit.INTERNAL):
        report = _measured(options, error_console())
    print_report(report, report_console())
    write_report(report, json_file)
    met = all(verdict.met for verdict in verdicts_of(report))
    raise typer.Exit(Exit.BAD if check and not met else Exit.OK)


def _measured(options: RecoveryOptions, console: Console) -> dict[str, Any]:
    replayed = replay_traffic(options.journaled(), options.events, console)
    setting, _ = set_up(options.floor(), console)
    written = write(setting.stepper.engine.state, console)
    del setting  # two floors at once would take twice the memory
    return report_of(options, written, restore(written, console), replayed)
