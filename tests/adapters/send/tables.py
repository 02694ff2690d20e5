"""Tables for tests: written, opened and mapped in one call."""

from __future__ import annotations

from pathlib import Path

from adapters.send.mapping import parse_mapping
from adapters.send.rows import Prepared, RowReader
from adapters.send.table import Row, Table, Unreadable

__all__ = ("read", "reader", "rows", "written")


def written(folder: Path, content: str | bytes, name: str = "export.csv") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path: Path) -> list[Row | Unreadable]:
    """Its records."""
    return list(Table(path).rows())


def reader(path: Path, mapping: str) -> RowReader:
    """A reader of its rows under a mapping."""
    return RowReader(Table(path), parse_mapping(mapping, "m.yaml"))


def read(path: Path, mapping: str) -> tuple[list[Prepared], list[Unreadable]]:
    """Its rows as commands, and those that cannot be."""
    found = list(reader(path, mapping).rows())
    good = [row for row in found if isinstance(row, Prepared)]
    return good, [row for row in found if isinstance(row, Unreadable)]
