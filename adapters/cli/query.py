"""`onequeue query`: questions in SQL to what `onequeue analysis export` has written."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.analysis.schema import TABLES
from adapters.analysis.views import VIEWS
from adapters.cli.analysis import AnalysisDirectory
from adapters.cli.archive_options import duration_ms_of
from adapters.cli.connection import TenantOption
from adapters.cli.output import UsageError, console, error_console
from adapters.explain.grid import Grid, print_page

__all__ = ("Form", "app")

TABLE_ROWS_MAX: Final = 1_000
"""A table is kept until it is known how wide its columns are."""


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT; - reads it from standard input.")
    ] = "",
    *,
    directory: AnalysisDirectory = Path("analysis"),
    list_views: Annotated[
        bool, typer.Option("--list", help="List the tables and the ready views.")
    ] = False,
    form: Annotated[
        Form, typer.Option("--format", "-f", help="A table, CSV, or one JSON object a line.")
    ] = Form.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
    memory_mib: Annotated[
        int, typer.Option("--memory", metavar="MIB", min=64, help="Memory that it may take.")
    ] = 1_024,
    time: Annotated[
        str, typer.Option("--time", metavar="TIME", help="Time that it may take.")
    ] = "60s",
    tenant: TenantOption = "main",
) -> None:
    """Ask what was exported, in SQL.

    It sees what is committed, and nothing else: no other file, no network, no setting. Tables and
    views are described in docs/analysis.md and by `onequeue analysis schema`.

    \b
    Examples:
      onequeue query --list
      onequeue query --dir analysis "select * from service_level"
      onequeue query --dir analysis --format csv "from agent_performance" > agents.csv
      onequeue query --dir analysis "from audit_trail where conversation_id = 'c-77'"
      onequeue query --dir analysis --json "select channel, count(*) from interactions group by 1"
    """
    form = Form.JSON if as_json else form
    if list_views:
        _list(form)
        return
    text = sys.stdin.read() if sql == "-" else sql
    if not text.strip():
        raise UsageError("what is the question? Give one SELECT, or --list")
    from adapters.analysis.asking import QueryLimits, asked  # its library is an extra

    limits = QueryLimits(memory_mib=memory_mib, time_s=duration_ms_of("--time", time) / 1_000)
    with asked(directory, tenant, text, limits) as answer:
        _write(form, answer.columns, answer.rows)


def _list(form: Form) -> None:
    told = [("table", table.name, table.meaning) for table in TABLES.values()]
    told += [("view", view.name, view.meaning) for view in VIEWS.values()]
    _write(form, ("kind", "name", "what it tells"), iter(told))


def _write(form: Form, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    if form is Form.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([_plain(value) for value in row] for row in rows)
    elif form is Form.JSON:
        for row in rows:
            values = {name: _plain(value) for name, value in zip(columns, row, strict=True)}
            sys.stdout.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
    else:
        _write_table(columns, rows)


def _write_table(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    shown = tuple(tuple(_text(value) for value in row) for row in islice(rows, TABLE_ROWS_MAX))
    numbers = [name for place, name in enumerate(columns) if _are_numbers(shown, place)]
    print_page([Grid(columns, shown, tuple(numbers))], console())
    if next(rows, None) is not None:
        note = f"the first {TABLE_ROWS_MAX:,} rows; --format csv or json writes all"
        error_console().print(note, markup=False)


def _are_numbers(rows: tuple[tuple[str, ...], ...], place: int) -> bool:
    values = [row[place] for row in rows if row[place]]
    return all(value.lstrip("-").replace(".", "", 1).isdigit() for value in values)


def _text(value: Any) -> str:
    value = _plain(value)
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    """A time as ISO 8601, a sum as a number; anything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
