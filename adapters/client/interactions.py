"""Interactions: create, look at, change, and everything else that may happen to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Unpack

from . import terms
from .listing import Listing
from .models import Interaction, Journey, Wait
from .transport import Transport, path_of

__all__ = ("Interactions",)

OpenState = Literal["queued", "suspended", "offered", "assigned", "idle", "waking", "wrap_up"]


class Interactions:
    """``/v1/interactions``. Every write gives the interaction as it stands then."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, **fields: Unpack[terms.CreateTerms]) -> Interaction:
        """Bring one into the queue. Without an ``interaction_id`` it gets one; with one that is
        known already, it is given as it stands."""
        return await self._transport.write("POST", path_of("interactions"), Interaction, fields)

    async def get(self, interaction_id: str, *, min_position: str | None = None) -> Interaction:
        """One interaction, open, or over and still remembered."""
        path = path_of("interactions", interaction_id)
        return await self._transport.read_after_writes(path, Interaction, min_position=min_position)

    def list(
        self,
        *,
        state: OpenState | None = None,
        queue: str | None = None,
        channel: str | None = None,
        customer_id: str | None = None,
        conversation_id: str | None = None,
        agent_id: str | None = None,
        limit: int | None = None,
        min_position: str | None = None,
    ) -> Listing[Interaction]:
        """Every open interaction, in the order in which they came; ``limit`` of each page."""
        return self._transport.pages(
            path_of("interactions"),
            Interaction,
            state=state,
            queue=queue,
            channel=channel,
            customer_id=customer_id,
            conversation_id=conversation_id,
            agent_id=agent_id,
            limit=limit,
            min_position=min_position,
        )

    async def update(self, interaction_id: str, **fields: Unpack[terms.UpdateTerms]) -> Interaction:
        """Change its priority, or what it asks for."""
        path = path_of("interactions", interaction_id)
        return await self._transport.write("PATCH", path, Interaction, fields)

    async def move(self, interaction_id: str, **fields: Unpack[terms.MoveTerms]) -> Interaction:
        """Let it wait in another queue."""
        return await self._act(interaction_id, "move", fields)

    async def path(self, interaction_id: str) -> Journey:
        """What happened to it, and to all of its conversation."""
        return await self._transport.read(path_of("interactions", interaction_id, "path"), Journey)

    async def cancel(self, interaction_id: str, **fields: Unpack[terms.CancelTerms]) -> Interaction:
        """The customer gave up."""
        return await self._act(interaction_id, "cancel", fields)

    async def requeue(
        self, interaction_id: str, **fields: Unpack[terms.RequeueTerms]
    ) -> Interaction:
        """Take it back from its agent."""
        return await self._act(interaction_id, "requeue", fields)

    async def transfer(
        self, interaction_id: str, **fields: Unpack[terms.TransferTerms]
    ) -> Interaction:
        """Hand it over to a queue, an agent, or both."""
        return await self._act(interaction_id, "transfer", fields)

    async def suspend(
        self, interaction_id: str, **fields: Unpack[terms.SuspendTerms]
    ) -> Interaction:
        """Put it aside."""
        return await self._act(interaction_id, "suspend", fields)

    async def resume(self, interaction_id: str, **fields: Unpack[terms.Conditions]) -> Interaction:
        """End its suspension."""
        return await self._act(interaction_id, "resume", fields)

    async def retry(self, interaction_id: str, **fields: Unpack[terms.RetryTerms]) -> Interaction:
        """A customer was called back, and not reached."""
        return await self._act(interaction_id, "retry", fields)

    async def idle(self, interaction_id: str, **fields: Unpack[terms.Conditions]) -> Interaction:
        """Its customer is silent."""
        return await self._act(interaction_id, "idle", fields)

    async def wake(self, interaction_id: str, **fields: Unpack[terms.Conditions]) -> Interaction:
        """Its customer is back."""
        return await self._act(interaction_id, "wake", fields)

    async def note(self, interaction_id: str, **fields: Unpack[terms.NoteTerms]) -> Interaction:
        """Write something down."""
        return await self._act(interaction_id, "notes", fields)

    async def offer_to(
        self, interaction_id: str, **fields: Unpack[terms.OfferToTerms]
    ) -> Interaction:
        """Offer it to one agent."""
        return await self._act(interaction_id, "offer_to", fields)

    async def assign(self, interaction_id: str, **fields: Unpack[terms.AssignTerms]) -> Interaction:
        """Give it to one agent at once."""
        return await self._act(interaction_id, "assign", fields)

    async def inquire(self, interaction_id: str, **fields: Unpack[terms.Keyed]) -> Wait:
        """Where does it stand, and how long will it wait?"""
        path = path_of("interactions", interaction_id, "inquire")
        return await self._transport.write("POST", path, Wait, fields)

    async def _act(
        self, interaction_id: str, name: str, fields: Mapping[str, object]
    ) -> Interaction:
        path = path_of("interactions", interaction_id, name)
        return await self._transport.write("POST", path, Interaction, fields)
