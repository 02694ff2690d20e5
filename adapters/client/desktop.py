"""An agent's desktop over the WebSocket: messages in, answers out, through dropped connections."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from .desktop_connection import DesktopConnection
from .desktop_messages import Message
from .desktop_session import DesktopSession
from .transport import Transport

__all__ = ("Desktop",)


class Desktop:
    """One agent's desktop: iterate over it for what it is told, and answer by its methods.

    A connection that is lost is taken up again, and goes on where it was. An agent who was
    available, and gone for longer than the server waits, is made available again.

    Answers raise :class:`Refused` (too late, …) and :class:`Unreachable` (the connection was lost
    before the answer came). Iteration ends with :class:`DesktopClosed` when the server says so.
    """

    def __init__(self, transport: Transport, agent_id: str, hello: Mapping[str, object]) -> None:
        self._session = DesktopSession(agent_id, hello)
        self._connection = DesktopConnection(transport, self._session)

    @property
    def state(self) -> str:
        """What routing makes of the agent: ``available``, ``unavailable``, ``not_responding``."""
        return self._session.state

    @property
    def activity(self) -> str:
        """What the agent says that they do."""
        return self._session.activity

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection.is_open

    async def __aenter__(self) -> Self:
        """Open it. Raises :class:`Refused`, :class:`DesktopClosed`, :class:`Unreachable`."""
        await self._connection.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Go. The agent is unavailable after a short grace, unless they come back: ``log_out``
        says more."""
        await self._connection.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        return await self._connection.next()

    async def accept(self, offer_id: str, **more: Any) -> None:
        """Take it. Raises :class:`Refused` (``offer_over``) when it is too late."""
        await self.ask("accept", offer_id=offer_id, **more)

    async def decline(self, offer_id: str, reason: str = "", **more: Any) -> None:
        """Refuse it."""
        await self.ask("decline", offer_id=offer_id, reason=reason, **more)

    async def hold_offer(self, offer_id: str, hold_s: int) -> None:
        """The medium is being connected: let the offer stand for a while longer."""
        await self.ask("hold_offer", offer_id=offer_id, hold_s=hold_s)

    async def complete(self, interaction_id: str, outcome: str = "", **more: Any) -> None:
        """The conversation is over."""
        await self._connection.ask(
            "complete", interaction_id=interaction_id, outcome=outcome, **more
        )

    async def end_wrap_up(self, interaction_id: str, **more: Any) -> None:
        """Wrap-up is finished."""
        await self.ask("end_wrap_up", interaction_id=interaction_id, **more)

    async def extend_wrap_up(self, interaction_id: str, extend_s: int) -> None:
        """More time for wrap-up."""
        await self._connection.ask(
            "extend_wrap_up", interaction_id=interaction_id, extend_s=extend_s
        )

    async def transfer(self, interaction_id: str, **terms: Any) -> None:
        """Hand it over: ``queue``, ``to_agent``, or both."""
        await self.ask("transfer", interaction_id=interaction_id, **terms)

    async def retry(self, interaction_id: str, **terms: Any) -> None:
        """The customer was not reached: try again later."""
        await self.ask("retry", interaction_id=interaction_id, **terms)

    async def idle(self, interaction_id: str) -> None:
        """Its customer is silent."""
        await self.ask("idle", interaction_id=interaction_id)

    async def wake(self, interaction_id: str) -> None:
        """Its customer is back."""
        await self.ask("wake", interaction_id=interaction_id)

    async def note(self, interaction_id: str, text: str) -> None:
        """Write something down."""
        await self.ask("note", interaction_id=interaction_id, text=text)

    async def say(self, conversation_id: str, text: str = "", **more: Any) -> str:
        """Say something to the customer of a conversation that the agent has in hand; the id of the
        message, with which it may be said again (``message_id``) where no answer came. ``more`` as
        docs/media.md has it for sending."""
        message_id: str = more.setdefault("message_id", uuid4().hex)
        await self.ask("say", conversation_id=conversation_id, text=text, **more)
        return message_id

    async def set_presence(self, **terms: Any) -> None:
        """Become available or unavailable (``state``), or what an ``activity`` says."""
        await self.ask("presence", **terms)

    async def set_channels(self, closed_channels: list[str]) -> None:
        """Take nothing on these channels for now."""
        await self.ask("channels", closed_channels=closed_channels)

    async def log_out(self, reason: str = "") -> None:
        """Log the agent out."""
        await self.ask("logout", reason=reason)

    async def ask(self, kind: str, **fields: Any) -> bool:
        """Say anything that docs/desktops.md has; True where it was so already."""
        return await self._connection.ask(kind, **fields)
