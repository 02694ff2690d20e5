"""Questions to an export in SQL: DuckDB over the committed files, and nothing else.

One SELECT at a time. The database is in memory and holds views only; files outside the list, the
network, extensions and settings are shut before the question is read; memory and time are limited.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from msgspec import Struct

from adapters.analysis.errors import AnalysisNotInstalled, AnalysisUnusable, QueryRefused
from adapters.analysis.layout import Layout
from adapters.analysis.schema import TABLES, Kind
from adapters.analysis.views import VIEWS

try:
    import duckdb
except ImportError:  # it comes with the extra `analysis`
    raise AnalysisNotInstalled("duckdb") from None

__all__ = ("Answer", "QueryLimits", "asked")

_Files: TypeAlias = dict[str, list[Path]]

TRIES: Final = 5
"""So often files may move while they are opened, before it counts as a fault."""

ROWS_AT_ONCE: Final = 1_024

_KINDS: Final[dict[Kind, str]] = {
    "text": "varchar",
    "json": "varchar",
    "integer": "bigint",
    "yes/no": "boolean",
    "time": "timestamptz",
}
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


class QueryLimits(Struct, frozen=True, kw_only=True):
    """What a question may take."""

    memory_mib: int = 1_024
    time_s: float = 60.0
    threads: int = 2


class Answer:
    """Rows, as they come; ``columns`` are their names."""

    def __init__(self, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        self.columns = tuple(columns)
        self.rows = rows


@contextmanager
def asked(directory: Path, tenant: str, sql: str, limits: QueryLimits) -> Iterator[Answer]:
    """The answer to a question, to be read meanwhile.

    Raises :class:`AnalysisUnusable` where nothing was exported, and :class:`QueryRefused`.
    """
    layout = Layout(directory, tenant)
    for left in reversed(range(TRIES)):
        with ExitStack() as stack:
            files = stack.enter_context(_committed(layout))
            try:
                connection = stack.enter_context(_opened(files, limits))
                answer = _answer(connection, sql, limits, stack)
            except duckdb.Error as error:
                if left and not all(path.exists() for paths in files.values() for path in paths):
                    continue  # the exporter has brought it to its place meanwhile
                raise _refused(error) from None
            yield answer
            return


@contextmanager
def _committed(layout: Layout) -> Iterator[_Files]:
    """The files that are committed; none of them goes meanwhile."""
    manifest = layout.read()
    if manifest is None:
        problem = f"nothing of tenant {layout.tenant!r} was exported to it"
        remedy = "export it first: onequeue analysis export --dir DIR"
        raise AnalysisUnusable(layout.root.parent, problem, remedy)
    with layout.held(alone=False):
        # merged between the two, what was read is not so any more
        yield layout.committed(layout.read() or manifest)


@contextmanager
def _opened(files: _Files, limits: QueryLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the tables and views of an export; no file can be reached but theirs."""
    config = _CONFIG | {"memory_limit": f"{limits.memory_mib}MiB", "threads": limits.threads}
    with duckdb.connect(":memory:", config=config) as connection:
        reached = [str(path) for paths in files.values() for path in paths]
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set allowed_paths = ?", [reached])
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        for table, paths in files.items():
            connection.execute(f"create view {table} as {_over(table, paths)}")
        for view in VIEWS.values():
            connection.execute(f"create view {view.name} as {view.sql}")
        yield connection


def _over(table: str, paths: Sequence[Path]) -> str:
    """A SELECT of what files hold; of a table of which there is no row yet, none."""
    columns = TABLES[table].columns
    if not paths:
        nothing = ", ".join(f'null::{_KINDS[each.kind]} as "{each.name}"' for each in columns)
        return f"select {nothing} where false"
    names = ", ".join(f'"{column.name}"' for column in columns)
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    read = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    return f"select {names} from {read}"  # noqa: S608  # names of our own


def _answer(
    connection: duckdb.DuckDBPyConnection, sql: str, limits: QueryLimits, stack: ExitStack
) -> Answer:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
        raise QueryRefused("a query is one SELECT: nothing can be changed, and no file written")
    timer = threading.Timer(limits.time_s, connection.interrupt)
    stack.callback(timer.cancel)
    timer.start()
    try:
        found = connection.sql(statements[0])
        reader = found.to_arrow_reader(ROWS_AT_ONCE)
    except duckdb.InterruptException:
        raise _too_long(limits) from None
    return Answer(found.columns, _rows(reader, limits))


def _rows(reader: Iterable[Any], limits: QueryLimits) -> Iterator[tuple[Any, ...]]:
    try:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (duckdb.Error, OSError) as error:  # Arrow tells faults of the database in its own way
        if "INTERRUPT" in str(error):
            raise _too_long(limits) from None
        raise _refused(error) from None


def _too_long(limits: QueryLimits) -> QueryRefused:
    return QueryRefused(
        f"the query took longer than {limits.time_s:g} s: ask for less, or give it more (--time)"
    )


def _refused(error: Exception) -> QueryRefused:
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryRefused("the query needs more memory than it may have: give it more (--memory)")
    return QueryRefused(str(error).strip())
