"""Rows as Parquet: one Arrow schema for each table, and files written and merged by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from adapters.analysis.errors import AnalysisNotInstalled
from adapters.analysis.schema import SCHEMA_VERSION, TABLES

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:  # it comes with the extra `analysis`
    raise AnalysisNotInstalled("pyarrow") from None

__all__ = ("SCHEMAS", "batches_of", "merge", "write_rows", "writing")

COMPRESSION: Final = "zstd"
BATCH_ROWS: Final = 16_384
"""As many rows of a file are in memory at once."""

_KINDS: Final = {
    "text": pa.string(),
    "json": pa.string(),
    "integer": pa.int64(),
    "yes/no": pa.bool_(),
    "time": pa.timestamp("ms", tz="UTC"),
}

SCHEMAS: Final[dict[str, pa.Schema]] = {
    name: pa.schema(
        [pa.field(column.name, _KINDS[column.kind]) for column in table.columns],
        metadata={"onequeue.schema_version": str(SCHEMA_VERSION), "onequeue.table": name},
    )
    for name, table in TABLES.items()
}
"""By the name of the table."""


def write_rows(file: BinaryIO, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Write the rows of a table as one Parquet file."""
    with writing(file, table) as write:
        write(rows)


@contextmanager
def writing(file: BinaryIO, table: str) -> Iterator[Callable[[Sequence[dict[str, Any]]], None]]:
    """Write a Parquet file of a table, some rows at a time."""
    schema = SCHEMAS[table]
    with pq.ParquetWriter(file, schema, compression=COMPRESSION) as writer:
        yield lambda rows: writer.write_table(pa.Table.from_pylist(list(rows), schema=schema))


def batches_of(path: Path) -> Iterable[pa.RecordBatch]:
    """What a file holds, some rows at a time."""
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS)


def merge(file: BinaryIO, table: str, paths: Sequence[Path]) -> None:
    """Write what several files hold, in their order, as one. A column that an older file does not
    have is null there."""
    schema = SCHEMAS[table]
    with pq.ParquetWriter(file, schema, compression=COMPRESSION) as writer:
        for path in paths:
            for batch in batches_of(path):
                writer.write_batch(_in_schema(batch, schema))


def _in_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if batch.schema.equals(schema):
        return batch
    known = set(batch.schema.names)
    columns = [
        batch.column(field.name) if field.name in known else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
