"""Lists in pages: filters and cursor stand in the address, so that a page can be passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from adapters.client.listing import Listing
from adapters.console.addresses import here

__all__ = ("PAGE", "Shown", "asked", "shown")

Item = TypeVar("Item")

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Shown(Generic[Item]):
    """One page of a list. ``next`` and ``first`` are addresses; "": this is the last, the first."""

    items: Sequence[Item]
    next: str
    first: str


def asked(request: Request, names: Sequence[str]) -> dict[str, str]:
    """The filters of the address, those that are empty left out."""
    query = request.query_params
    return {name: query[name].strip() for name in names if query.get(name, "").strip()}


async def shown(
    request: Request, listing: Listing[Item], filters: Mapping[str, Any]
) -> Shown[Item]:
    """The page that the address asks for."""
    cursor = request.query_params.get("cursor", "")
    items, behind = await listing.page(cursor)
    path = here(request).partition("?")[0]
    first = f"{path}?{urlencode(filters)}" if cursor else ""
    following = f"{path}?{urlencode({**filters, 'cursor': behind})}" if behind else ""
    return Shown(items, following, first)
