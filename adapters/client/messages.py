"""Messages: what customers say, and what an account is to send to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from . import message_terms as terms
from .message_models import Delivery, KnownMessage, Outgoing, Said
from .models import Page
from .transport import Transport, path_of

__all__ = ("Messages", "OutgoingMessages")


class Messages:
    """``/v1/messages``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def hear(self, **fields: Unpack[terms.MessageTerms]) -> Said:
        """Tell what a customer has said. It may be told again, by whomever and after whatever: the
        same ``account`` and ``message_id`` lead to the same end."""
        path = path_of("messages")
        return await self._transport.write(
            "POST", path, Said, fields, is_keyed=False, is_repeatable=True
        )

    async def known(self, account: str, message_id: Sequence[str]) -> tuple[KnownMessage, ...]:
        """Which of these were said, at most 100."""
        page = await self._transport.read(
            path_of("accounts", account, "messages"),
            Page[KnownMessage],
            message_id=list(message_id),
        )
        return page.items


class OutgoingMessages:
    """``/v1/accounts/{account}/outgoing``: for adapters."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(
        self,
        account: str,
        *,
        after: str | None = None,
        limit: int | None = None,
        wait_s: float | None = None,
    ) -> tuple[Outgoing, ...]:
        """What an account is to send, behind an ``order``; waits for something where nothing is."""
        page = await self._transport.read(
            path_of("accounts", account, "outgoing"),
            Page[Outgoing],
            after=after,
            limit=limit,
            wait_s=wait_s,
        )
        return page.items

    async def report(
        self, account: str, message_id: str, **fields: Unpack[terms.DeliveryTerms]
    ) -> Delivery:
        """Say what became of a message, by its id or the provider's; how it stands then."""
        path = path_of("accounts", account, "outgoing", message_id)
        return await self._transport.write(
            "POST", path, Delivery, fields, is_keyed=False, is_repeatable=True
        )
