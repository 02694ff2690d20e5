"""Rows to `create` commands: a mapping bound to the header of one table.

Anything that keeps a row from becoming a command is told in words and costs that row only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import msgpack

from adapters.document_faults import Fault
from adapters.marked_yaml import FieldPath
from adapters.send.mapping import (
    Created,
    LoadedMapping,
    Mapping,
    MappingFileError,
    RequirementRule,
    SkillAsked,
    Translated,
)
from adapters.send.table import Row, Table, Unreadable
from adapters.send.times import TimeFormat, detect_time_format, named_time_format
from router import limits

__all__ = ("Prepared", "RowReader", "skills_asked")

SAMPLE_ROWS: Final = 500
MATCHED_CELLS_SHARE: Final = 0.5
"""A row that lacks more of its cells than this is a torn line, not a short row."""

CommandMap: TypeAlias = dict[str, object]


class Prepared(NamedTuple):
    """A command ready to send. ``created_ms`` is the row's own time, where it has one."""

    number: int
    line: int
    interaction_id: str
    channel: str
    created_ms: int | None
    command: CommandMap


class _RowFault(Exception):
    """Why a row cannot become a command."""


class RowReader:
    """Makes commands of the rows of one table.

    Raises :class:`MappingFileError` when the mapping names columns that the table does not have.
    """

    def __init__(self, table: Table, loaded: LoadedMapping) -> None:
        self.table = table
        self.mapping = loaded.mapping
        self.notes: list[str] = []
        self.cut_cells = 0
        self._loaded = loaded
        self._faults: list[Fault] = []
        self._used: set[int] = set()
        mapping = loaded.mapping
        self._id = self._column(("id", "column"), mapping.id.column) if mapping.id else None
        self._channel = self._translated("channel", mapping.channel)
        self._queue = self._translated("queue", mapping.queue) if mapping.queue else None
        self._customer = self._columns(("customer", "columns"), _columns_of(mapping.customer))
        self._conversation = self._columns(
            ("conversation", "columns"), _columns_of(mapping.conversation)
        )
        self._priority = self._priority_of(mapping)
        self._requirements = [
            self._requirement(index, rule) for index, rule in enumerate(mapping.requirements)
        ]
        self._created: int | None = None
        self._times: TimeFormat | None = None
        if mapping.created:
            self._created = self._column(("created", "column"), mapping.created.column)
            if self._created >= 0:
                self._times = self._time_format(mapping.created, self._created)
        self._width_min = self._width_needed()
        self._attributes = self._attribute_columns(mapping)
        if self._faults:
            raise MappingFileError(loaded.source, sorted(self._faults))
        self._stem = table.path.stem[:48]

    def all_notes(self) -> list[str]:
        """What a person should know of how the table was read."""
        notes = [*self.table.notes, *self.notes]
        if self.cut_cells:
            most = f"{self.mapping.cut_at:,} characters (`cut_at`)"
            notes.append(f"{self.cut_cells:,} cells were cut to {most}")
        return notes

    @property
    def has_times(self) -> bool:
        """Whether the mapping names a column with times."""
        return self._times is not None

    def rows(self, limit: int | None = None) -> Iterator[Prepared | Unreadable]:
        """Every row of the table, at most ``limit``, as a command or with the reason why not."""
        self.cut_cells = 0
        for row in self.table.rows(limit):
            if isinstance(row, Unreadable):
                yield row
                continue
            try:
                yield self._prepared(row)
            except _RowFault as fault:
                yield Unreadable(row.number, row.line, str(fault))

    def _prepared(self, row: Row) -> Prepared:
        if len(row.cells) < self._width_min:
            width = len(self.table.header)
            raise _RowFault(f"the row has {len(row.cells)} of {width} cells")
        interaction_id = self._interaction_id(row)
        created_ms = self._created_ms(row)
        command: CommandMap = {"type": "create", "interaction_id": interaction_id}
        command["channel"] = channel = self._channel(row)
        if self._queue is not None:
            command["queue"] = self._queue(row)
        for field, columns in (
            ("customer_id", self._customer),
            ("conversation_id", self._conversation),
        ):
            if name := _joined(row, columns):
                command[field] = name
        if self._priority is not None and (priority := self._priority(row)):
            command["priority"] = priority
        if requirements := [asked for rule in self._requirements for asked in rule(row)]:
            command["requirements"] = requirements
        if attributes := self._attributes_of(row):
            command["attributes"] = attributes
        if created_ms is not None and self.mapping.created and self.mapping.created.as_origin:
            command["origin_ms"] = created_ms
        return Prepared(row.number, row.line, interaction_id, channel, created_ms, command)

    def _interaction_id(self, row: Row) -> str:
        if self._id is None or self.mapping.id is None:
            content = blake2b("\x1f".join(row.cells).encode("utf-8", "replace"), digest_size=5)
            return f"{self._stem}:{row.number}:{content.hexdigest()}"
        cell = _cell(row, self._id)
        if not cell:
            raise _RowFault(f"{self.mapping.id.column}: the id is empty")
        return _identifier(self.mapping.id.prefix + cell, self.mapping.id.column)

    def _created_ms(self, row: Row) -> int | None:
        if self._created is None or self._times is None:
            return None
        cell = _cell(row, self._created)
        if not cell:
            return None
        try:
            return self._times.parse_ms(cell)
        except ValueError as error:
            raise _RowFault(f"{self.table.header[self._created]}: {error}") from None

    def _attributes_of(self, row: Row) -> dict[str, str]:
        attributes = {}
        for index in self._attributes:
            cell = _cell(row, index)
            if len(cell) > self.mapping.cut_at:
                cell = cell[: self.mapping.cut_at]
                self.cut_cells += 1
            if cell:
                attributes[self.table.header[index]] = cell
        size = len(msgpack.packb(attributes)) if attributes else 0
        if size > limits.ATTRIBUTES_BYTES_MAX:
            raise _RowFault(
                f"the attributes take {size:,} bytes, {limits.ATTRIBUTES_BYTES_MAX:,} are allowed: "
                "name fewer columns in `attributes` or lower `cut_at`"
            )
        return attributes

    def _column(self, path: FieldPath, name: str) -> int:
        index = self.table.column(name)
        if index is None:
            self._faults.append(self._loaded.no_column(path, name, self.table.header))
            return -1
        self._used.add(index)
        return index

    def _columns(self, path: FieldPath, names: list[str]) -> list[int]:
        return [self._column((*path, index), name) for index, name in enumerate(names)]

    def _translated(self, field: str, rule: Translated) -> Callable[[Row], str]:
        if rule.column is None:
            return lambda _: str(rule.default)
        name = rule.column
        index = self._column((field, "column"), name)
        values = {key.strip().casefold(): value for key, value in rule.values.items()}

        def translate(row: Row) -> str:
            cell = _cell(row, index)
            found = values.get(cell.casefold(), rule.default)
            if found is not None:
                return found
            if not cell:
                raise _RowFault(f"{name}: the cell is empty and `{field}` has no default")
            if not values:
                return _identifier(cell, name)
            raise _RowFault(f"{name}: `{field}.values` does not name {cell[:40]!r}, no default")

        return translate

    def _priority_of(self, mapping: Mapping) -> Callable[[Row], int] | None:
        rule = mapping.priority
        if rule is None:
            return None
        index = self._column(("priority", "column"), rule.column)
        values = {key.strip().casefold(): value for key, value in rule.values.items()}

        def priority(row: Row) -> int:
            cell = _cell(row, index)
            if values or not cell:
                return values.get(cell.casefold(), rule.default)
            if cell.isdecimal() and int(cell) <= limits.PRIORITY_MAX:
                return int(cell)
            raise _RowFault(f"{rule.column}: {cell[:40]!r} is not a priority from 0 to 100")

        return priority

    def _requirement(
        self, position: int, rule: RequirementRule
    ) -> Callable[[Row], list[CommandMap]]:
        index = self._column(("requirements", position, "column"), rule.column)
        values = {key.strip().casefold(): asked for key, asked in rule.values.items()}

        def asked(row: Row) -> list[CommandMap]:
            found = values.get(_cell(row, index).casefold(), rule.default)
            return [] if found is None else [found.model_dump(exclude_defaults=True)]

        return asked

    def _time_format(self, created: Created, index: int) -> TimeFormat | None:
        zone = ZoneInfo(created.timezone)
        if created.format is not None:
            return named_time_format(created.format, zone)
        rows = self.table.rows(SAMPLE_ROWS)
        sample = [_cell(row, index) for row in rows if isinstance(row, Row)]
        found = detect_time_format(sample, zone)
        shown = next((repr(text[:40]) for text in sample if text), "")
        if found is None and shown:
            self._faults.append(
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

    def _width_needed(self) -> int:
        half = round(len(self.table.header) * MATCHED_CELLS_SHARE)
        return max([half, *(index + 1 for index in self._used)])

    def _attribute_columns(self, mapping: Mapping) -> list[int]:
        everything = range(len(self.table.header))
        if mapping.attributes == "none":
            return []
        if mapping.attributes == "all":
            return list(everything)
        if mapping.attributes == "rest":
            return [index for index in everything if index not in self._used]
        return self._columns(("attributes",), list(mapping.attributes))


def skills_asked(mapping: Mapping) -> dict[str, int]:
    """Every skill that the mapping may ask for, with the highest level asked."""
    levels: dict[str, int] = {}
    for rule in mapping.requirements:
        asked: list[SkillAsked | None] = [*rule.values.values(), rule.default]
        for one in asked:
            if one is not None:
                levels[one.skill] = max(levels.get(one.skill, 1), one.level)
    return levels


def _columns_of(rule: object) -> list[str]:
    return list(getattr(rule, "columns", ()))


def _cell(row: Row, index: int) -> str:
    return row.cells[index].strip() if index < len(row.cells) else ""


def _identifier(text: str, column: str) -> str:
    if len(text) > limits.IDENTIFIER_MAX:
        raise _RowFault(f"{column}: longer than {limits.IDENTIFIER_MAX} characters")
    if not text.isprintable() and any(
        ord(character) < 32 or ord(character) == 127 for character in text
    ):
        raise _RowFault(f"{column}: has a line break or another control character")
    return text


def _joined(row: Row, columns: list[int]) -> str:
    """The cells joined; a name that would be too long keeps its head and a hash of the whole."""
    text = ":".join(cell for cell in (_cell(row, index) for index in columns) if cell)
    text = " ".join(text.split())
    if len(text) <= limits.IDENTIFIER_MAX:
        return text
    return f"{text[:100]}~{blake2b(text.encode(), digest_size=10).hexdigest()}"
