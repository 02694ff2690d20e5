"""`onequeue verify`: prove on a journal and its work streams that routing kept its rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated, Any, Final

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.verify import GROUPS, Progress, Report, Violation, check_history
from adapters.verify.wire import Unreadable, split_id

__all__ = ("app", "report_lines", "verify")

SHOWN: Final = 20

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def verify(
    *,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    most: Annotated[
        int, typer.Option("--most", min=0, metavar="N", help="Violations to show in full.")
    ] = SHOWN,
    upto: Annotated[
        str | None,
        typer.Option("--upto", metavar="ID", help="Stop after this record, as in 3-1200."),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Also compare everybody with everything, which is slow."),
    ] = False,
    archive: ArchiveOption = None,
) -> None:
    """Check a journal and its work streams against every rule, live or not.

    Reads only the streams and shares no code with the engine: nothing lost, no work with two
    owners, no agent over capacity, only eligible agents, nobody idle beside work that they may
    serve, timers, ages, decision records, and nothing visible that was not journaled.

    \b
    Examples:
      onequeue verify --redis redis://localhost
      onequeue verify --json | jq .by_code
      onequeue verify --upto 3-1200 --thorough
      onequeue verify --redis redis://localhost --archive /var/lib/onequeue-archive

    A journal that was trimmed is checked with its archive, or not at all; an archive alone, without
    a server, can be checked too. Sums and order of the archive's segments are checked on the way.

    Exits with 0 when it finds nothing, 1 with the first violations or with what is wrong with the
    archive, 2 when it cannot read.
    """
    _check_record_id(upto)
    begin_s = time.monotonic()
    with ExitStack() as stack:
        history = stack.enter_context(opened_history(redis_option, tenant, archive))
        history.require_newest()
        report = check_history(history, upto=upto, thorough=thorough, on_progress=_progress(stack))
    seconds = time.monotonic() - begin_s
    if as_json:
        write_json(_as_json(report, tenant, most, seconds))
    else:
        for line in report_lines(report, tenant, most, seconds):
            console().print(line, markup=False)
    raise typer.Exit(Exit.OK if report.clean else Exit.BAD)


def report_lines(report: Report, tenant: str, most: int, seconds: float) -> list[str]:
    """The report in words, for people; ``most`` violations in full."""
    state = report.interactions
    states = " + ".join(f"{n:,} {name}" for name, n in state.items() if name != "created")
    size = f"{report.records:,} records, {report.events:,} events, {report.work_entries:,} entries"
    lines = [
        f"tenant {tenant}, {_span(report)}: {size} in {seconds:.1f} s",
        f"interactions: {state['created']:,} created = {states}",
        "",
    ]
    lines += [_group_line(report, group) for group in GROUPS]
    if report.redacted:
        doubts = f"; {report.unproved:,} doubts about what they asked for cannot be settled"
        lines.append(
            f"personal data was erased from {report.redacted:,} records"
            + (doubts if report.unproved else "")
        )
    lines.append("")
    for violation in report.violations[:most]:
        lines += _violation_lines(violation)
    if report.clean:
        lines.append("clean: no violation found")
    else:
        shown = min(most, len(report.violations))
        by_code = ", ".join(f"{n:,} {code}" for code, n in report.by_code.items())
        lines.append(f"{report.violations_total:,} violations ({by_code}); {shown} shown")
    return lines


def _span(report: Report) -> str:
    return f"{report.first_record} to {report.last_record}" if report.records else "empty"


def _group_line(report: Report, group: str) -> str:
    violations = report.violations_of(group)
    verdict = "ok" if violations == 0 else f"{violations:,} violations"
    return f"  {group.replace('_', ' '):<18}{report.facts[group]:>11,}  {GROUPS[group]}: {verdict}"


def _violation_lines(violation: Violation) -> list[str]:
    ids = ", ".join(f"{name} {value}" for name, value in violation.ids.items())
    return [str(violation), f"    {violation.meaning}" + (f" ({ids})" if ids else "")]


def _as_json(report: Report, tenant: str, most: int, seconds: float) -> dict[str, Any]:
    found = report.to_dict()
    found["violations"] = found["violations"][:most]
    return {"tenant": tenant, "seconds": round(seconds, 3), **found}


def _check_record_id(upto: str | None) -> None:
    try:
        split_id(upto or "0-0")
    except Unreadable as error:
        message = f"--upto: {error}"
        raise UsageError(message) from None


def _progress(stack: ExitStack) -> Callable[[Progress], None] | None:
    """A progress bar on standard error, when that is a terminal."""
    if not error_console().is_terminal:
        return None
    from rich.progress import Progress as ProgressBar  # only a terminal needs it

    bar = stack.enter_context(ProgressBar(console=error_console(), transient=True))
    task = bar.add_task("reading", total=None)

    def show(progress: Progress) -> None:
        found = f", {progress.violations:,} violations" if progress.violations else ""
        bar.update(
            task,
            description=f"{progress.stage}{found}",
            completed=progress.done,
            total=progress.total,
        )

    return show
