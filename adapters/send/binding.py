"""A mapping bound to the header of one table: names of columns become indexes, rules functions.

Columns that the table does not have are all found before the first row is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from adapters.documents.faults import Fault
from adapters.documents.marked_yaml import FieldPath
from adapters.send.mapping import (
    Created,
    LoadedMapping,
    Priority,
    RequirementRule,
    Translated,
)
from adapters.send.table import Row, Table
from adapters.send.times import TimeFormat, detect_time_format, named_time_format
from router import limits

__all__ = ("Binding", "CommandMap", "RowFault", "cell_of", "identifier")

SAMPLE_ROWS: Final = 500
CELLS_SHARE_MIN: Final = 0.5
"""A row that has fewer of its cells is a torn line, not a short row."""

CommandMap: TypeAlias = dict[str, object]


class RowFault(Exception):
    """Why a row cannot become a command."""


class Binding:
    """Looks columns up and notes the faults; ``used`` are the columns that rules read."""

    def __init__(self, table: Table, loaded: LoadedMapping) -> None:
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self.used: set[int] = set()
        self._table = table
        self._loaded = loaded

    def column(self, path: FieldPath, name: str) -> int:
        """The index of a column that a path of the mapping names; -1 and a fault without one."""
        index = self._table.column(name)
        if index is None:
            self.faults.append(self._loaded.no_column(path, name, self._table.header))
            return -1
        self.used.add(index)
        return index

    def columns(self, path: FieldPath, names: list[str]) -> list[int]:
        """The indexes of a list of columns."""
        return [self.column((*path, index), name) for index, name in enumerate(names)]

    def translated(self, field: str, rule: Translated) -> Callable[[Row], str]:
        """What a row's cell means; raises :class:`RowFault`."""
        if rule.column is None:
            return lambda _: str(rule.default)
        name = rule.column
        index = self.column((field, "column"), name)
        values = {key.strip().casefold(): value for key, value in rule.values.items()}

        def translate(row: Row) -> str:
            cell = cell_of(row, index)
            found = values.get(cell.casefold(), rule.default)
            if found is not None:
                return found
            if not cell:
                raise RowFault(f"{name}: the cell is empty and `{field}` has no default")
            if not values:
                return identifier(cell, name)
            raise RowFault(f"{name}: `{field}.values` does not name {cell[:40]!r}, no default")

        return translate

    def priority(self, rule: Priority) -> Callable[[Row], int]:
        """A row's priority; raises :class:`RowFault`."""
        index = self.column(("priority", "column"), rule.column)
        values = {key.strip().casefold(): value for key, value in rule.values.items()}

        def priority(row: Row) -> int:
            cell = cell_of(row, index)
            if values or not cell:
                return values.get(cell.casefold(), rule.default)
            if cell.isdecimal() and int(cell) <= limits.PRIORITY_MAX:
                return int(cell)
            raise RowFault(f"{rule.column}: {cell[:40]!r} is not a priority from 0 to 100")

        return priority

    def requirement(
        self, position: int, rule: RequirementRule
    ) -> Callable[[Row], list[CommandMap]]:
        """What a row's cell asks of agents."""
        index = self.column(("requirements", position, "column"), rule.column)
        values = {key.strip().casefold(): asked for key, asked in rule.values.items()}

        def asked(row: Row) -> list[CommandMap]:
            found = values.get(cell_of(row, index).casefold(), rule.default)
            return [] if found is None else [found.command_map()]

        return asked

    def time_format(self, created: Created, index: int) -> TimeFormat | None:
        """How a column writes its times; a fault when it does not."""
        zone = ZoneInfo(created.timezone)
        if created.format is not None:
            return named_time_format(created.format, zone)
        rows = self._table.rows(SAMPLE_ROWS)
        sample = [cell_of(row, index) for row in rows if isinstance(row, Row)]
        found = detect_time_format(sample, zone)
        shown = next((repr(text[:40]) for text in sample if text), "")
        if found is None and shown:
            self.faults.append(
                self._loaded.fault(
                    ("created", "column"),
                    f"the times in {created.column!r} cannot be read (like {shown})",
                    "name their `format`, like '%d.%m.%Y %H:%M'",
                )
            )
        elif found is None:
            self.notes.append(f"{created.column}: the first rows have no times, so none are read")
        elif found.note:
            self.notes.append(f"{created.column}: {found.note}")
        return found

    def width_needed(self) -> int:
        """Cells without which a row is not read."""
        half = round(len(self._table.header) * CELLS_SHARE_MIN)
        return max([half, *(index + 1 for index in self.used)])


def cell_of(row: Row, index: int) -> str:
    """A cell without the spaces around it; empty when the row is too short."""
    return row.cells[index].strip() if index < len(row.cells) else ""


def identifier(text: str, column: str) -> str:
    """The text, when it can be an identifier of the protocol; raises :class:`RowFault`."""
    if len(text) > limits.IDENTIFIER_MAX:
        raise RowFault(f"{column}: longer than {limits.IDENTIFIER_MAX} characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise RowFault(f"{column}: has a line break or another control character")
    return text
