"""Tables and views in words: the parts of docs/analysis.md that are made of them."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.analysis.schema import SCHEMA_VERSION, TABLES, Table
from adapters.analysis.views import VIEWS

__all__ = ("schema_page", "views_page")


def schema_page() -> str:
    """Every table and column, as Markdown."""
    head = f"Version {SCHEMA_VERSION}. Where a column says nothing, it is null."
    return "\n\n".join([head, *map(_section, TABLES.values())])


def views_page() -> str:
    """Every ready view, as Markdown."""
    lines = [f"| `{view.name}` | {view.meaning} |" for view in VIEWS.values()]
    return "\n".join(["| view | what it tells |", "|---|---|", *lines])


def _section(table: Table) -> str:
    day = f"`{table.name}` · by the day of `{table.date}`. {table.meaning}"
    return "\n".join([f"### {table.name}", "", day, "", *_lines(table)])


def _lines(table: Table) -> Iterator[str]:
    yield "| column | kind | what it says |"
    yield "|---|---|---|"
    for column in table.columns:
        yield f"| `{column.name}` | {column.kind} | {column.meaning} |"
