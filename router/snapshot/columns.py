"""Rows of a table as columns by name, and back.

A page holds some rows of one table: of each column its values, or where few of them differ, those
that do and the number of the one that each row has. That is quick (a million rows of seventeen
fields in a few seconds), compact, and grows old well: a column that is not known is passed over,
one that is not there has the default of its field. Inside a value, fields go by name, as they do in
events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, get_type_hints

import msgspec
from msgspec import NODEFAULT, Raw, Struct
from msgspec.structs import fields

__all__ = (
    "Column",
    "Page",
    "Seen",
    "column",
    "columns_of",
    "decode_page",
    "encode_page",
    "field_values",
    "read_column",
)

Seen: TypeAlias = dict[Any, Any]
"""Values that were read before, so that equal ones are one object."""

SAMPLE: Final = 64
"""Rows by which it is judged whether few values of a column differ."""


class Page(Struct, frozen=True):
    """Some rows of a table as they are stored: columns in whole, and columns by ``distinct``
    values with the number of that of each row."""

    table: str
    rows: int
    whole: dict[str, Raw]
    distinct: dict[str, Raw]


class Column(NamedTuple):
    """One column: how it is read, and what a row has where it is not there (None: it must be)."""

    name: str
    whole: msgspec.msgpack.Decoder[Any]
    distinct: msgspec.msgpack.Decoder[Any]
    default: Callable[[], Any] | None


_encoder = msgspec.msgpack.Encoder()
_page_decoder = msgspec.msgpack.Decoder(Page)


def column(name: str, kind: Any, default: Callable[[], Any] | None = None) -> Column:
    """A column of values of a type."""
    whole = msgspec.msgpack.Decoder(list[kind])
    distinct = msgspec.msgpack.Decoder(tuple[list[kind], list[int]])
    return Column(name, whole, distinct, default)


def columns_of(kind: type[Struct]) -> tuple[Column, ...]:
    """The columns of rows of this kind: one for each field, in their order."""
    types = get_type_hints(kind)
    return tuple(
        column(field.name, types[field.name], _default_of(field)) for field in fields(kind)
    )


def _default_of(field: msgspec.structs.FieldInfo) -> Callable[[], Any] | None:
    factory, default = field.default_factory, field.default
    if factory is not NODEFAULT:
        return lambda: factory()
    return None if default is NODEFAULT else lambda: default


def field_values(names: Sequence[str], rows: Sequence[Any]) -> dict[str, list[Any]]:
    """The columns of rows that have these fields."""
    return {name: list(map(attrgetter(name), rows)) for name in names}


def encode_page(table: str, rows: int, columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The bytes of a page with these columns."""
    whole: dict[str, Sequence[Any]] = {}
    distinct: dict[str, tuple[list[Any], list[int]]] = {}
    for name, values in columns.items():
        numbered = _numbered(values)
        if numbered is None:
            whole[name] = values
        else:
            distinct[name] = numbered
    page = {"table": table, "rows": rows, "whole": whole, "distinct": distinct}
    return _encoder.encode(page)


def _numbered(values: Sequence[Any]) -> tuple[list[Any], list[int]] | None:
    """The values that differ, and the number of each row's; None where many of them do, or where
    they may change, so that no two rows can have the same."""
    sample = values[:SAMPLE]
    try:
        if 2 * len(set(sample)) > len(sample):
            return None
        numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    except TypeError:
        return None
    return list(numbers), [numbers[value] for value in values]


def decode_page(data: bytes) -> Page:
    """A page from its bytes. Raises ``msgspec.MsgspecError``."""
    return _page_decoder.decode(data)


def read_column(page: Page, column: Column, seen: Seen) -> list[Any]:
    """The values of a column, row by row.

    Raises ``ValueError``, ``IndexError`` or ``msgspec.MsgspecError`` for what cannot be read.
    """
    values = _values(page, column, seen)
    if len(values) != page.rows:
        detail = f"column {column.name} of {page.table} has {len(values)} of {page.rows} rows"
        raise ValueError(detail)
    return values


def _values(page: Page, column: Column, seen: Seen) -> list[Any]:
    if column.name in page.distinct:
        known, numbers = column.distinct.decode(page.distinct[column.name])
        shared = [seen.setdefault(value, value) for value in known]
        return [shared[number] for number in numbers]
    if column.name in page.whole:
        found: list[Any] = column.whole.decode(page.whole[column.name])
        return found
    if column.default is None:
        raise ValueError(f"{page.table} has no column {column.name}")
    return [column.default() for _ in range(page.rows)]
