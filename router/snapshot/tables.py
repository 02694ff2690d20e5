"""What a snapshot holds of the state: each of its maps as a table, and all else as one row.

Tables follow from the fields of :class:`router.state.State` and their types; a field of a type that
none can hold stops the import, so that nothing is left out by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from queues.sharded import ShardedDict
from router.remembered import Remembered
from router.snapshot.columns import (
    Column,
    Columns,
    Page,
    column,
    columns_of,
    field_values,
)
from router.state import State

__all__ = ("REST", "TABLES", "Table", "columns_in", "items_of", "load", "rest_of", "table_of")

KEY: Final = "@key"
VALUE: Final = "@value"
"""Columns of what does not stand in a field of a row; no field has such a name."""

KEYS: Final = {
    "interactions": "interaction_id",
    "offers": "offer_id",
    "assignments": "interaction_id",
    "agents": "agent_id",
    "ended_interactions": "interaction_id",
}
"""The field of a row that is its key, where one is: such a text is kept once."""

REST: Final = "@rest"
"""The table of one row that holds whatever is no map."""


class Table(NamedTuple):
    """A map of the state. ``row`` is the type of its values where these have fields, each of them a
    column; None: what they are is their only column. ``key`` is the column of its keys."""

    name: str
    row: type[Struct] | None
    columns: tuple[Column, ...]
    key: str


def table_of(name: str, kind: Any) -> Table | None:
    """The table for a field of this type; None: it is no map of things by their ids.

    Raises ``TypeError`` when nothing can hold it.
    """
    value = _values_of(kind)
    if value is None:
        if isinstance(msgspec.inspect.type_info(kind), msgspec.inspect.CustomType):
            raise TypeError(f"a snapshot cannot hold the field {name}: {kind}")
        return None
    if not (isinstance(value, type) and issubclass(value, Struct)):
        return Table(name, None, (column(VALUE, value), column(KEY, str)), KEY)
    if name in KEYS:
        return Table(name, value, columns_of(value), KEYS[name])
    return Table(name, value, (*columns_of(value), column(KEY, str)), KEY)


def _values_of(kind: Any) -> Any:
    """What a map of this type holds; None when it is none, or a document."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is ShardedDict or origin is Remembered:
        return arguments[0]
    is_map = origin is dict and arguments[0] is str and arguments[1] is not Any
    return arguments[1] if is_map else None


TABLES: Final = {
    name: table
    for name, kind in get_type_hints(State).items()
    if (table := table_of(name, kind)) is not None
}
"""The maps of the state, by the names of their fields."""

_REST: Final = tuple(each for each in columns_of(State) if each.name not in TABLES)


def items_of(state: State, table: Table) -> Iterator[tuple[str, Any]]:
    """Keys and values of a map, in its order."""
    found = getattr(state, table.name)
    if isinstance(found, dict):  # asked first: a compiled ShardedDict takes dicts for its own
        return iter(found.items())
    return iter(found.in_order()) if isinstance(found, Remembered) else found.pairs()


def columns_in(table: Table, items: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    """The columns of some keys and values."""
    keys, values = [key for key, _ in items], [value for _, value in items]
    columns = {VALUE: values}
    if table.row is not None:
        columns = field_values(table.row.__struct_fields__, values)
    if table.key == KEY:
        columns[KEY] = keys
    return columns


def rest_of(state: State) -> dict[str, list[Any]]:
    """The columns of the one row that holds all that is no map."""
    return {each.name: [getattr(state, each.name)] for each in _REST}


def load(state: State, page: Page, columns: Columns) -> None:
    """Put what a page holds into the state; a table that is not known is passed over.

    Raises as :meth:`Columns.read`.
    """
    if page.table == REST:
        for each in _REST:
            (value,) = columns.read(page, each)
            setattr(state, each.name, value)
    elif (table := TABLES.get(page.table)) is not None:
        read = {each.name: columns.read(page, each) for each in table.columns}
        _load_rows(state, table, read)


def _load_rows(state: State, table: Table, columns: dict[str, list[Any]]) -> None:
    keys = columns[table.key]
    if table.name == "interactions":
        columns["origin_ms"] = _sharing(columns["origin_ms"], columns["created_ms"])
    if table.row is None:
        values = columns[VALUE]
    else:
        values = list(map(table.row, *(columns[name] for name in table.row.__struct_fields__)))
    found = getattr(state, table.name)
    if isinstance(found, dict):
        found.update(zip(keys, values, strict=True))
    else:
        found.load(keys, values)


def _sharing(values: list[Any], others: list[Any]) -> list[Any]:
    """The values, as the same objects as others where they are equal: a million of them weigh."""
    return [b if a == b else a for a, b in zip(values, others, strict=True)]
