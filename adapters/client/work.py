"""Offers and assignments: who is being asked, and what agents have in hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Unpack

from . import terms
from .models import Assignment, Interaction, Offer
from .transport import Transport, path_of

__all__ = ("Assignments", "Offers")


class Offers:
    """``/v1/offers``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, offer_id: str, *, min_position: str | None = None) -> Offer:
        """One offer, open, or over and still remembered."""
        path = path_of("offers", offer_id)
        return await self._transport.read_after_writes(path, Offer, min_position=min_position)

    def list(
        self,
        *,
        agent_id: str | None = None,
        interaction_id: str | None = None,
        limit: int | None = None,
        min_position: str | None = None,
    ) -> AsyncIterator[Offer]:
        """Every open offer, in the order in which they were made; ``limit`` of each page."""
        return self._transport.pages(
            path_of("offers"),
            Offer,
            agent_id=agent_id,
            interaction_id=interaction_id,
            limit=limit,
            min_position=min_position,
        )

    async def accept(self, offer_id: str, **fields: Unpack[terms.AcceptTerms]) -> Offer:
        """Take the interaction. Raises :class:`Conflict` when it is too late."""
        return await self._act(offer_id, "accept", fields)

    async def decline(self, offer_id: str, **fields: Unpack[terms.DeclineTerms]) -> Offer:
        """Refuse it."""
        return await self._act(offer_id, "decline", fields)

    async def hold(self, offer_id: str, **fields: Unpack[terms.HoldTerms]) -> Offer:
        """The medium is being connected: let the offer stand for a while longer."""
        return await self._act(offer_id, "hold", fields)

    async def rescind(self, offer_id: str, **fields: Unpack[terms.RescindTerms]) -> Offer:
        """Take it back, unanswered."""
        return await self._act(offer_id, "rescind", fields)

    async def _act(self, offer_id: str, name: str, fields: Mapping[str, object]) -> Offer:
        return await self._transport.write("POST", path_of("offers", offer_id, name), Offer, fields)


class Assignments:
    """``/v1/assignments``. Every write gives the interaction as it stands then."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        min_position: str | None = None,
    ) -> AsyncIterator[Assignment]:
        """All work that agents have in hand; ``limit`` of each page."""
        return self._transport.pages(
            path_of("assignments"),
            Assignment,
            agent_id=agent_id,
            limit=limit,
            min_position=min_position,
        )

    async def complete(
        self, interaction_id: str, **fields: Unpack[terms.CompleteTerms]
    ) -> Interaction:
        """The conversation is over."""
        return await self._act(interaction_id, "complete", fields)

    async def end_wrap_up(
        self, interaction_id: str, **fields: Unpack[terms.EndWrapUpTerms]
    ) -> Interaction:
        """Wrap-up is finished."""
        return await self._act(interaction_id, "end_wrap_up", fields)

    async def extend_wrap_up(
        self, interaction_id: str, **fields: Unpack[terms.ExtendWrapUpTerms]
    ) -> Interaction:
        """More time for wrap-up."""
        return await self._act(interaction_id, "extend_wrap_up", fields)

    async def _act(
        self, interaction_id: str, name: str, fields: Mapping[str, object]
    ) -> Interaction:
        path = path_of("assignments", interaction_id, name)
        return await self._transport.write("POST", path, Interaction, fields)
