"""What a chat asks the API beside handing in messages: the dialogue, and how interactions stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from adapters.client import Conflict, NotFound, OneQueue
from adapters.client.message_models import DialogueMessage
from adapters.client.models import Interaction, Wait

__all__ = ("OPEN", "PAGE_MESSAGES", "WAITING", "WITH_AGENT", "Line")

WAITING: Final = frozenset({"new", "queued", "suspended", "offered"})
WITH_AGENT: Final = frozenset({"assigned", "idle", "waking"})
OPEN: Final = WAITING | WITH_AGENT

PAGE_MESSAGES: Final = 100
READS_AT_ONCE: Final = 24
"""With ``CARRIED_AT_ONCE`` of visits and ``LOOKS_AT_ONCE`` of the hall less than the connections of
a client (100): nobody waits for one until it is too late."""

CHANGES: Final = (
    *("interaction_created", "interaction_requeued", "interaction_suspended"),
    *("interaction_cancelled", "interaction_diverted", "interaction_completed"),
    *("interaction_moved", "offer_issued", "offer_accepted"),
)
"""Events after which a chat may stand otherwise."""


class Line:
    """The API, for one channel. All methods may raise :class:`adapters.client.ClientError`."""

    def __init__(self, queue: OneQueue, channel: str) -> None:
        self._queue = queue
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self.channel = channel

    async def said(self, conversation_id: str, after: str) -> tuple[DialogueMessage, ...]:
        """What was said there behind an ``order`` ("": from the first), at most
        :data:`PAGE_MESSAGES` at once."""
        listing = self._queue.conversations.messages(
            conversation_id, after=after or None, limit=PAGE_MESSAGES
        )
        try:
            async with self._reads:
                page, _ = await listing.page()
        except NotFound:
            return ()  # nothing yet
        return page

    async def newest(self, conversation_id: str, position: str = "") -> Interaction | None:
        """The newest chat of a conversation that is remembered, as of a record or later."""
        try:
            found = await self._queue.conversations.get(
                conversation_id, min_position=position or None
            )
        except NotFound:
            return None
        chats = [one for one in found.interactions if one.channel == self.channel]
        return chats[-1] if chats else None

    async def wait(self, interaction_id: str) -> Wait | None:
        """Where it stands; None: it does not wait any more."""
        try:
            return await self._queue.interactions.inquire(interaction_id)
        except (Conflict, NotFound):
            return None

    async def cancel(self, interaction_id: str, reason: str) -> None:
        """The visitor does not wait any more; if they do: an agent may have taken it meanwhile."""
        try:
            await self._queue.interactions.cancel(interaction_id, reason=reason)
        except (Conflict, NotFound):
            return

    async def idle(self, interaction_id: str) -> bool:
        """The visitor is silent; False: the channel knows no silence, or it is over."""
        try:
            await self._queue.interactions.idle(interaction_id)
        except (Conflict, NotFound):
            return False
        return True

    async def call(self, interaction_id: str, **fields: Any) -> None:
        """Bring a call into the queue; again, it is the same one."""
        await self._queue.interactions.create(interaction_id=interaction_id, **fields)

    async def name_of(self, agent_id: str, attribute: str) -> str:
        """How visitors know an agent; "": by no name."""
        try:
            agent = await self._queue.agents.get(agent_id)
        except NotFound:
            return ""
        found = agent.attributes.get(attribute, "")
        return found if isinstance(found, str) else ""

    async def open_conversations(self, begins: str) -> list[str]:
        """Those with an open chat whose ids begin so."""
        listing = self._queue.interactions.list(channel=self.channel)
        return [
            one.conversation_id
            async for one in listing
            if one.state in OPEN and one.conversation_id.startswith(begins)
        ]

    async def changes(self) -> AsyncIterator[tuple[str, str]]:
        """Interactions of the channel that may stand otherwise now, as it happens, and the record
        that says so."""
        async for event in self._queue.events(CHANGES, channel=[self.channel]):
            found = event.data.get("interaction_id")
            if isinstance(found, str):
                yield found, event.id.partition("/")[0]
