"""Customer cards at desktops: right behind an offer, never before it, and never in its way."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from adapters.desktop.messages import Card
from adapters.record.errors import RecordOutdated, RecordUnavailable
from router.state import Interaction

__all__ = ("CardReader", "Cards", "Sources")

PATIENCE_S: Final = 2.0
"""A card that comes later than this is not worth waiting for: the customer is there by then."""

UNDER_WAY_MAX: Final = 64
"""Cards that are read at once; an offer beyond comes without one."""


class Sources(Protocol):
    """Where cards come from."""

    async def card_of(self, customer_id: str, interaction_id: str, *, sees_personal: bool) -> Any:
        """A customer's card."""
        ...


class CardReader(Protocol):
    """Whoever is shown cards."""

    @property
    def sees_personal(self) -> bool:
        """Whether they may be shown what is personal."""
        ...

    @property
    def sees_customers(self) -> bool:
        """Whether they may be shown cards at all."""
        ...

    def carded(self, card: Card) -> None:
        """A card."""
        ...


class Cards:
    """Reads cards for one tenant's desktops, beside everything else."""

    def __init__(self, source: Sources) -> None:
        self._source = source
        self._under_way: set[asyncio.Task[None]] = set()

    def show(self, reader: CardReader, interaction: Interaction | None) -> None:
        """Show the card of whoever wants this, as soon as it is read; at once nothing happens."""
        if interaction is None or not interaction.customer_id or not reader.sees_customers:
            return
        if len(self._under_way) < UNDER_WAY_MAX:
            names = (interaction.customer_id, interaction.interaction_id)
            task = asyncio.create_task(self._show(reader, *names))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Read no more."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _show(self, reader: CardReader, customer_id: str, interaction_id: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                card = await self._source.card_of(
                    customer_id, interaction_id, sees_personal=reader.sees_personal
                )
        except (RecordUnavailable, RecordOutdated, TimeoutError):
            return  # the offer stands without it
        reader.carded(Card(interaction_id, card))
