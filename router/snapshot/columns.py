"""Rows of a table as columns by name, and back.

A page holds some rows of one table: of each column its values or, while few of them differ, those
that no page before it had and the number of the one that each row has. That is quick (a million
rows of seventeen fields in a few seconds), compact, and grows old well: a column that is not known
is passed over, one that is not there has the default of its field. Inside a value, fields go by
name, as they do in events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple, get_type_hints

import msgspec
from msgspec import NODEFAULT, Raw, Struct
from msgspec.structs import fields

__all__ = (
    "Column",
    "Columns",
    "Page",
    "Writing",
    "column",
    "columns_of",
    "decode_page",
    "field_values",
)

DISTINCT_MAX: Final = 1 << 16
"""Values of a column that are numbered at most."""

ROWS_JUDGED: Final = 4_096
"""Rows after which it is judged whether few of them differ: less than half."""


class Page(Struct, frozen=True):
    """Some rows of a table as they are stored: columns in ``whole``, and columns by ``distinct``
    values: those that are new, and the number of each row's."""

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


class Writing:
    """The columns of a snapshot that is written, and what each has held so far."""

    def __init__(self) -> None:
        self._distinct: dict[tuple[str, str], _Distinct] = {}
        self._last: list[tuple[_Distinct, list[Any]]] = []

    def page(self, table: str, rows: int, columns: Mapping[str, Sequence[Any]]) -> bytes:
        """The bytes of the next page, with these columns."""
        whole: dict[str, Sequence[Any]] = {}
        distinct: dict[str, tuple[list[Any], list[int]]] = {}
        self._last.clear()
        for name, values in columns.items():
            known = self._distinct.setdefault((table, name), _Distinct())
            numbered = known.numbered(values)
            if numbered is None:
                whole[name] = values
            else:
                distinct[name] = numbered
                self._last.append((known, numbered[0]))
        page = {"table": table, "rows": rows, "whole": whole, "distinct": distinct}
        return _encoder.encode(page)

    def take_back(self) -> None:
        """Forget what the last page has brought: it will not be stored."""
        for known, new in self._last:
            known.forget(new)


class _Distinct:
    """The values of one column that differ, numbered as they come; given up when many do, or when
    they may change, so that no two rows can have the same."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] | None = {}
        self._rows = 0

    def numbered(self, values: Sequence[Any]) -> tuple[list[Any], list[int]] | None:
        """The values that have not come before, and the number of each row's; None: as they
        are."""
        known = self._numbers
        if known is None:
            return None
        before = len(known)
        new: list[Any] = []
        try:
            numbers = [known.setdefault(value, len(known)) for value in values]
        except TypeError:
            self._numbers = None
            return None
        for value, number in zip(values, numbers, strict=True):
            if number == before + len(new):
                new.append(value)
        self._rows += len(values)
        if len(known) > DISTINCT_MAX or 2 * len(known) > max(self._rows, ROWS_JUDGED):
            self._numbers = None
        return new, numbers

    def forget(self, values: list[Any]) -> None:
        """These, the last that have come, were not stored."""
        known = self._numbers
        if known is not None:
            for value in values:
                del known[value]


def decode_page(data: bytes) -> Page:
    """A page from its bytes. Raises ``msgspec.MsgspecError``."""
    return _page_decoder.decode(data)


class Columns:
    """The columns of a snapshot that is read: pages have to come in their order."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[Any]] = {}

    def read(self, page: Page, column: Column) -> list[Any]:
        """The values of a column, row by row.

        Raises ``ValueError``, ``IndexError`` or ``msgspec.MsgspecError`` for what cannot be read.
        """
        values = self._values(page, column)
        if len(values) != page.rows:
            detail = f"column {column.name} of {page.table} has {len(values)} of {page.rows} rows"
            raise ValueError(detail)
        return values

    def _values(self, page: Page, column: Column) -> list[Any]:
        if column.name in page.distinct:
            new, numbers = column.distinct.decode(page.distinct[column.name])
            known = self._known.setdefault((page.table, column.name), [])
            known += new
            return [known[number] for number in numbers]
        if column.name in page.whole:
            found: list[Any] = column.whole.decode(page.whole[column.name])
            return found
        if column.default is None:
            raise ValueError(f"{page.table} has no column {column.name}")
        return [column.default() for _ in range(page.rows)]
