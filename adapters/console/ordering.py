"""Tables that are sorted by a column: the query says by which, heads of columns are links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from adapters.console.addresses import here

__all__ = ("Order", "order_of")

Row = TypeVar("Row")

PARAMETER: Final = "sort"


@dataclass(frozen=True, slots=True)
class Order:
    """By which field rows are to stand; ``link`` is for the head of a column."""

    key: str
    is_descending: bool
    path: str
    query: Mapping[str, str]

    def link(self, key: str) -> str:
        """The same page sorted by a column; the other way round where it is so already."""
        turned = key == self.key and not self.is_descending
        query = {**self.query, PARAMETER: f"-{key}" if turned else key}
        return f"{self.path}?{urlencode(query)}"

    def applied(self, rows: Iterable[Row]) -> list[Row]:
        """The rows in this order: by an attribute, or by a key of maps."""
        return sorted(rows, key=self._value, reverse=self.is_descending)

    def _value(self, row: Any) -> Any:
        value = row[self.key] if isinstance(row, Mapping) else getattr(row, self.key)
        return (value is not None, value)


def order_of(request: Request, keys: Sequence[str], default: str) -> Order:
    """What the query asks for, as far as it is one of these keys; ``-key``: the greatest first."""
    wanted = request.query_params.get(PARAMETER, default)
    chosen = wanted if wanted.removeprefix("-") in keys else default
    query = {name: value for name, value in request.query_params.items() if name != PARAMETER}
    return Order(
        chosen.removeprefix("-"), chosen.startswith("-"), here(request).partition("?")[0], query
    )
