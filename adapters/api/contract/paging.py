"""Pages of lists: an opaque cursor says behind which item the next page begins.

A cursor names an item by what orders it, not by how many came before, so what comes and goes
meanwhile neither repeats nor hides anything else.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.requests import Request

from adapters.api.problems import Fault, ProblemError

__all__ = ("LIMIT", "Page", "cursor_of", "key_of", "next_link", "paged")

LIMIT: Final = 100
CURSOR_CHARACTERS_MAX: Final = 1_024

Item = TypeVar("Item")
Key = TypeVar("Key")


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items of a list; ``next`` is the link to those behind them, null at the end."""

    items: list[Item]
    next: str | None = None


def cursor_of(key: Any) -> str:
    """The cursor behind the item with this key."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(key)).decode().rstrip("=")


def key_of(cursor: str | None, kind: type[Key], first: Key) -> Key:
    """The key that a cursor names; ``first`` without one. Raises :class:`ProblemError`."""
    if cursor is None:
        return first
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        detail = "this is no cursor of this list: take it from the link `next`"
        raise ProblemError("invalid", detail, errors=[Fault(detail, parameter="cursor")]) from None


def next_link(request: Request, key: Any) -> str:
    """The link to what comes behind the item with this key, with the same filters."""
    parameters = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    return f"{request.url.path}?{urlencode([*parameters, ('cursor', cursor_of(key))])}"


def paged(found: Iterable[Item], limit: int) -> tuple[list[Item], bool]:
    """The first ``limit`` items, and whether there are more."""
    items: list[Item] = []
    for item in found:
        if len(items) == limit:
            return items, True
        items.append(item)
    return items, False
