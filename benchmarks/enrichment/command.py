"""`onequeue bench enrichment`: what asking the customer record adds to a create."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from adapters.cli.output import Exit, error_console, report_console
from adapters.record.errors import RecordUnavailable, RecordUrlError
from benchmarks.enrichment.run import Options, run
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("enrichment",)

SHOWN: Final = ("p50", "p90", "p99", "max")


def enrichment(
    *,
    customers: Annotated[
        int, typer.Option(min=1, max=10_000_000, metavar="N", help="In the record.")
    ] = 100_000,
    creates: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="How many are enriched.")
    ] = 2_000,
    deadline_ms: Annotated[
        float, typer.Option(min=0.1, max=1_000.0, metavar="MS", help="As of the API.")
    ] = 20.0,
    url: Annotated[
        str,
        typer.Option(metavar="URL", help="An empty database to fill, in place of a SQLite file."),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other customers.")] = 1,
    json_file: JsonOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when the target is missed.")
    ] = False,
) -> None:
    """Measure how long enrichment holds up whoever creates an interaction.

    Fills a customer record, and asks it for random customers one after the other, as the API does
    before it sends a create: the questions, their answers and the history facts that follow.

    \b
    Examples:
      onequeue bench enrichment
      onequeue bench enrichment --customers 1000000 --check --json enrichment.json
      onequeue bench enrichment --url postgresql://onequeue@localhost/scratch

    Exits with 0, with 1 when (--check) the target is missed, 2 when the database cannot be used.
    """
    with one_line_for(RecordUrlError, RecordUnavailable, code=Exit.USAGE):
        options = Options(customers, creates, deadline_ms, url, seed)
        report = asyncio.run(run(options, error_console().print))
    _print(report)
    write_report(report, json_file)
    raise typer.Exit(Exit.BAD if check and not report["met"] else Exit.OK)


def _print(report: dict[str, Any]) -> None:
    title = f"Enrichment, {report['customers']:,} customers, ms"
    table = Table(title=title, title_justify="left")
    for heading in ("", *SHOWN):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("added", *(f"{report['added_ms'][at]:.2f}" for at in SHOWN))
    report_console().print(table)
    results = ", ".join(f"{count:,} {name}" for name, count in report["results"].items() if count)
    verdict = "met" if report["met"] else "missed"
    report_console().print(results, markup=False)
    report_console().print(f"target: {report['target_ms']:g} ms at the median, {verdict}")
