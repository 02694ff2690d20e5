"""Rows to `create` commands: a mapping bound to the header of one table.

Anything that keeps a row from becoming a command is told in words and costs that row only.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import msgpack

from adapters.send.binding import Binding, CommandMap, RowFault, cell_of, identifier
from adapters.send.mapping import Customer, LoadedMapping, Mapping, MappingFileError, SkillAsked
from adapters.send.table import Row, Table, Unreadable
from adapters.send.times import TimeFormat
from router import limits
from router.eligibility.plan import skills_in
from router.eligibility.tree import nodes_of

__all__ = ("Prepared", "RowReader", "skills_asked")


class Prepared(NamedTuple):
    """A command ready to send. ``created_ms`` is the row's own time, where it has one."""

    number: int
    line: int
    interaction_id: str
    channel: str
    created_ms: int | None
    command: CommandMap


class RowReader:
    """Makes commands of the rows of one table.

    Raises :class:`MappingFileError` when the mapping names columns that the table does not have.
    """

    def __init__(self, table: Table, loaded: LoadedMapping) -> None:
        self.table = table
        self.mapping = mapping = loaded.mapping
        self.cut_cells = 0
        bind = self._binding = Binding(table, loaded)
        self._id = bind.column(("id", "column"), mapping.id.column) if mapping.id else None
        self._channel = bind.translated("channel", mapping.channel)
        self._queue = bind.translated("queue", mapping.queue) if mapping.queue else None
        self._customer = self._names("customer", mapping.customer)
        self._conversation = self._names("conversation", mapping.conversation)
        self._priority = bind.priority(mapping.priority) if mapping.priority else None
        self._requirements = [
            bind.requirement(index, rule) for index, rule in enumerate(mapping.requirements)
        ]
        self._created, self._times = self._bind_times()
        self._width_min = bind.width_needed()
        self._attributes = self._attribute_columns()
        if bind.faults:
            raise MappingFileError(loaded.source, sorted(bind.faults))
        self._stem = table.path.stem[:48]

    def all_notes(self) -> list[str]:
        """What a person should know of how the table was read."""
        notes = [*self.table.notes, *self._binding.notes]
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
            except RowFault as fault:
                yield Unreadable(row.number, row.line, str(fault))

    def _prepared(self, row: Row) -> Prepared:
        if len(row.cells) < self._width_min:
            width = len(self.table.header)
            raise RowFault(f"the row has {len(row.cells)} of {width} cells")
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
        cell = cell_of(row, self._id)
        if not cell:
            raise RowFault(f"{self.mapping.id.column}: the id is empty")
        return identifier(self.mapping.id.prefix + cell, self.mapping.id.column)

    def _created_ms(self, row: Row) -> int | None:
        if self._created is None or self._times is None:
            return None
        cell = cell_of(row, self._created)
        if not cell:
            return None
        try:
            return self._times.parse_ms(cell)
        except ValueError as error:
            raise RowFault(f"{self.table.header[self._created]}: {error}") from None

    def _attributes_of(self, row: Row) -> dict[str, str]:
        attributes = {}
        for index in self._attributes:
            cell = cell_of(row, index)
            if len(cell) > self.mapping.cut_at:
                cell = cell[: self.mapping.cut_at]
                self.cut_cells += 1
            if cell:
                attributes[self.table.header[index]] = cell
        size = len(msgpack.packb(attributes)) if attributes else 0
        if size > limits.ATTRIBUTES_BYTES_MAX:
            raise RowFault(
                f"the attributes take {size:,} bytes, {limits.ATTRIBUTES_BYTES_MAX:,} are allowed: "
                "name fewer columns in `attributes` or lower `cut_at`"
            )
        return attributes

    def _names(self, field: str, rule: Customer | None) -> list[int]:
        return [] if rule is None else self._binding.columns((field, "columns"), rule.columns)

    def _bind_times(self) -> tuple[int | None, TimeFormat | None]:
        created = self.mapping.created
        if created is None:
            return None, None
        index = self._binding.column(("created", "column"), created.column)
        return index, self._binding.time_format(created, index) if index >= 0 else None

    def _attribute_columns(self) -> list[int]:
        everything = range(len(self.table.header))
        wanted = self.mapping.attributes
        if wanted == "none":
            return []
        if wanted == "all":
            return list(everything)
        if wanted == "rest":
            return [index for index in everything if index not in self._binding.used]
        return self._binding.columns(("attributes",), list(wanted))


def skills_asked(mapping: Mapping) -> dict[str, int | str]:
    """Every skill that the mapping may ask for, with the highest level asked (of names, the last:
    which is the best the policy knows)."""
    levels: dict[str, int | str] = {}
    for rule in mapping.requirements:
        asked: list[SkillAsked | None] = [*rule.values.values(), rule.default]
        for one in asked:
            if one is None:
                continue
            for skill in skills_in(one.requirement()):
                levels.setdefault(skill, 1)
            for node in nodes_of(one.requirement(), ""):
                if skill := node.requirement.skill:
                    levels[skill] = _higher(levels[skill], node.requirement.level)
    return levels


def _higher(level: int | str, other: int | str | None) -> int | str:
    if isinstance(other, str):
        return other
    return level if isinstance(level, str) or other is None else max(level, other)


def _joined(row: Row, columns: list[int]) -> str:
    """The cells joined; a name that would be too long keeps its head and a hash of the whole."""
    text = ":".join(cell for cell in (cell_of(row, index) for index in columns) if cell)
    text = " ".join(text.split())
    if len(text) <= limits.IDENTIFIER_MAX:
        return text
    return f"{text[:100]}~{blake2b(text.encode(), digest_size=10).hexdigest()}"
