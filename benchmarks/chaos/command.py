"""`onequeue bench chaos`: break everything again and again, and prove that nothing is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from adapters.cli.output import Exit, UsageError, console, error_console, report_console
from benchmarks.chaos.command_options import (
    KIND_NAMES,
    AgentsOption,
    AppendFsync,
    AppendFsyncOption,
    FaultsOption,
    KeepOption,
    LoadOption,
    MinutesOption,
    RateOption,
    SeedOption,
    ServerOption,
)
from benchmarks.chaos.faults import FaultKind
from benchmarks.chaos.progress import Progress
from benchmarks.chaos.report import make_report
from benchmarks.chaos.report_view import print_report
from benchmarks.chaos.run import run
from benchmarks.chaos.server import binary_of
from benchmarks.chaos.settings import Settings
from benchmarks.demo.processes import ChildDied, NotReady
from benchmarks.floor.lifetime import run_until_told
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("chaos",)


def chaos(
    *,
    minutes: MinutesOption = 5.0,
    seed: SeedOption = 1,
    load: LoadOption = 15.0,
    agents: AgentsOption = 60,
    faults: FaultsOption = None,
    rate: RateOption = 1.0,
    server: ServerOption = "embedded",
    appendfsync: AppendFsyncOption = AppendFsync.ALWAYS,
    keep: KeepOption = None,
    json_file: JsonOption = None,
) -> None:
    """Kill, pause and cut off routers, server and gateways under load; then prove the promise.

    Real processes on a server of its own: two routers behind proxies that cut, stall and lose
    replies, gateways that die with offers pending, customers who arrive on a schedule that waits
    for nobody. At the end the ledgers of the clients are held against the journal.

    \b
    Examples:
      onequeue bench chaos
      onequeue bench chaos --minutes 60 --json chaos.json
      onequeue bench chaos --server redis --faults router_kill,reply_dropped --keep post-mortem
      onequeue bench chaos --minutes 0.5 --seed 7

    Exits with 0 only if nothing was lost or doubled, `onequeue verify` finds nothing, and every
    kind of fault has happened five times a minute (once, below a minute); else with 1.
    """
    settings = Settings(
        minutes=minutes,
        seed=seed,
        load=load,
        agents=agents,
        rate=rate,
        kinds=_kinds(faults),
        server=binary_of(server),
        appendfsync=appendfsync.value,
    )
    with one_line_for(ChildDied, NotReady, code=Exit.BAD), _directory(keep) as directory:
        evidence = run_until_told(run(settings, directory, Progress(settings.length_s)))
    if evidence is None:
        error_console().print("Stopped before the end; no report.")
        raise typer.Exit(Exit.INTERRUPTED)
    report = make_report(settings, evidence)
    write_report(report, json_file)
    print_report(report, report_console())
    if keep is not None:
        console().print(f"Data, logs and ledgers are in {keep}.", markup=False, soft_wrap=True)
    raise typer.Exit(Exit.OK if report["passed"] else Exit.BAD)


def _kinds(asked: str | None) -> tuple[FaultKind, ...]:
    if asked is None:
        return tuple(FaultKind)
    names = [name.strip() for name in asked.split(",")]
    for name in names:
        if name not in set(FaultKind):
            raise UsageError(f"--faults {name}: there is no such kind; the kinds are {KIND_NAMES}")
    return tuple(kind for kind in FaultKind if kind in names)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="oq-chaos-") as directory:
            yield Path(directory)
        return
    if keep.exists() and any(keep.iterdir()):
        raise UsageError(f"--keep {keep}: it holds something already; name a new directory")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep
