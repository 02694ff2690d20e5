"""What is attached to messages in the record: a customer's, and what others have, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.record.schema import SaidMessage

__all__ = ("attached_to", "attached_to_others")

ROWS: Final = 1_000


class _Row(NamedTuple):
    customer_id: str
    conversation_id: str
    uris: set[str]


async def attached_to(session: AsyncSession, tenant: str, customer_id: str) -> set[str]:
    """The URIs of what is attached to a customer's messages."""
    found: set[str] = set()
    async for row in _rows(session, tenant, customer_id):
        found |= row.uris
    return found


async def attached_to_others(
    session: AsyncSession,
    tenant: str,
    customer_id: str,
    conversations: Collection[str],
    wanted: Collection[str],
) -> set[str]:
    """Which of these URIs messages have that are not the customer's, nor nobody's in one of their
    ``conversations``."""
    found: set[str] = set()
    async for row in _rows(session, tenant, None):
        is_nobodys = not row.customer_id and row.conversation_id in conversations
        if row.customer_id != customer_id and not is_nobodys:
            found |= row.uris.intersection(wanted)
    return found


async def _rows(session: AsyncSession, tenant: str, customer_id: str | None) -> AsyncIterator[_Row]:
    said = SaidMessage
    asked = select(said.customer_id, said.conversation_id, said.attachments)
    asked = asked.where(said.tenant == tenant).execution_options(yield_per=ROWS)
    if customer_id is not None:
        asked = asked.where(said.customer_id == customer_id)
    async for whose, where, attachments in await session.stream(asked):
        uris = {str(one.get("uri", "")) for one in attachments.get("items", ())}
        if uris:
            yield _Row(whose, where, uris)
