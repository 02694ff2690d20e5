"""Lists that come in pages: every item, or one page at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from .models import Page

__all__ = ("Listing",)

Item = TypeVar("Item")


class Listing(AsyncIterator[Item], Generic[Item]):
    """A list of the API. ``async for`` gives every item; :meth:`page` the items of one page.

    An order of paging that begins elsewhere goes on from the cursor that a page was given with.
    """

    def __init__(
        self, read: Callable[..., Awaitable[Page[Item]]], parameters: dict[str, Any]
    ) -> None:
        self._read = read
        self._parameters = parameters
        self._items: AsyncGenerator[Item, None] | None = None

    async def page(self, cursor: str | None = None) -> tuple[tuple[Item, ...], str]:
        """The items behind a cursor (None: the first), and the cursor for those behind them; "":
        there are none."""
        asked = self._parameters | ({"cursor": cursor} if cursor else {})
        page = await self._read(**asked)
        if page.next is None:
            return page.items, ""
        # by its cursor alone: the link does not know what stands before the API's own path
        return page.items, parse_qs(urlsplit(page.next).query)["cursor"][0]

    async def __anext__(self) -> Item:
        if self._items is None:
            self._items = self._all()
        return await anext(self._items)

    async def _all(self) -> AsyncGenerator[Item, None]:
        cursor = ""
        while True:
            items, cursor = await self.page(cursor)
            for item in items:
                yield item
            if not cursor:
                return
