"""Following what is said in conversations into the record: every message once.

The feed names each message as it is said, and each delivery; what a message holds is read where it
stands. How far the feed has been taken in is written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.media.dialogues import Dialogues
from adapters.media.message import Message, digest_of
from adapters.record.errors import RecordFenced
from adapters.record.folding import clean
from adapters.record.people import normalised
from adapters.record.schema import Conversation, Customer, Identity, Position, SaidMessage
from adapters.redis.keys import Keys
from adapters.redis.paging import xread
from adapters.redis.wire import Endpoint
from router.record import NO_POSITION

__all__ = ("Feed", "Heard", "feed_position", "take_in")

ENTRIES_MAX: Final = 200
DELIVERY: Final = "delivery"
LEARNED: Final = "messages"
"""Where an identity comes from that was seen on a message."""


class Heard(NamedTuple):
    """One entry of the feed: a message as it was said (None: it is no longer kept), or what became
    of one (``delivery``)."""

    entry_id: str
    account: str
    message_id: str
    message: Message | None = None
    delivery: str = ""


class Feed:
    """The messages of one tenant, in the order in which they were said. Raises
    :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("record-messages")
        self._dialogues = Dialogues(endpoint, keys)
        self._position = ""

    async def wait(self, block_ms: int) -> None:
        """Wait for something behind the last position that was asked for."""
        position = self._position or NO_POSITION
        await self._wire.call(*xread(self._keys.messages, position, 1, block_ms))

    async def after(self, position: str) -> list[Heard]:
        """The next entries behind a position ("": from the first that is kept)."""
        self._position = position
        asked = xread(self._keys.messages, position or NO_POSITION, ENTRIES_MAX, 0)
        streams = await self._wire.call(*asked)
        found: Sequence[tuple[bytes, list[bytes]]] = streams[0][1] if streams else ()
        return [await self._heard(entry_id.decode(), fields) for entry_id, fields in found]

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._dialogues.close()

    async def _heard(self, entry_id: str, fields: list[bytes]) -> Heard:
        names = [name.decode() for name in fields[::2]]
        told = dict(zip(names, (value.decode() for value in fields[1::2]), strict=True))
        account, message_id = told.get("a", ""), told.get("i", "")
        if told.get("k") == DELIVERY:
            return Heard(entry_id, account, message_id, delivery=told.get("d", ""))
        kept = await self._dialogues.message(told.get("c", ""), told.get("e", ""))
        return Heard(entry_id, account, message_id, None if kept is None else kept.message)


async def feed_position(session: AsyncSession, tenant: str) -> str:
    """How far the feed has been taken in."""
    asked = select(Position.feed_id).where(Position.tenant == tenant)
    return (await session.scalars(asked)).one_or_none() or ""


async def take_in(
    session: AsyncSession, tenant: str, writer: int, before: str, heard: Sequence[Heard]
) -> None:
    """Take in entries behind ``before``, within one transaction. Raises :class:`RecordFenced`:
    then nothing of it may be written."""
    done = await session.execute(
        update(Position)
        .where(Position.tenant == tenant, Position.writer == writer, Position.feed_id == before)
        .values(feed_id=heard[-1].entry_id)
        .execution_options(synchronize_session=False)
    )
    if getattr(done, "rowcount", 0) != 1:
        raise RecordFenced
    for one in heard:
        if one.message is not None:
            await _add(session, tenant, one.message)
        elif one.delivery:
            known = await session.get(SaidMessage, (tenant, digest_of(one.account, one.message_id)))
            if known is not None:
                known.delivery = one.delivery


async def _add(session: AsyncSession, tenant: str, message: Message) -> None:
    digest = digest_of(message.account, message.message_id)
    if await session.get(SaidMessage, (tenant, digest)) is not None:
        return
    customer_id = await _whose(session, tenant, message)
    sender = message.sender
    session.add(
        SaidMessage(
            tenant=tenant,
            digest=digest,
            account=message.account,
            message_id=clean(message.message_id),
            conversation_id=clean(message.conversation_id),
            customer_id=customer_id,
            channel=message.channel,
            direction=message.direction,
            at_ms=message.at_ms,
            agent_id=clean(message.agent_id),
            sender_medium=clean(sender.medium) if sender else "",
            sender_address=clean(sender.address) if sender else "",
            recipients=_plain(message.recipients),
            subject=clean(message.subject),
            text=clean(message.text),
            attachments=_plain(message.attachments),
        )
    )
    if sender is not None and customer_id and message.direction == "in":
        await _learn(session, tenant, customer_id, (sender.medium, sender.address), message.at_ms)


async def _whose(session: AsyncSession, tenant: str, message: Message) -> str:
    known = await session.get(Conversation, (tenant, clean(message.conversation_id)))
    return (known.customer_id if known else "") or clean(message.customer_id)


async def _learn(
    session: AsyncSession, tenant: str, customer_id: str, given: tuple[str, str], at_ms: int
) -> None:
    """Remember where a customer has written from, unless it is known whose that is."""
    medium, address = normalised(*given)
    if await session.get(Customer, (tenant, customer_id)) is None:
        return
    if await session.get(Identity, (tenant, medium, address)) is None:
        told = {"medium": medium, "address": address, "customer_id": customer_id}
        session.add(Identity(tenant=tenant, since_ms=at_ms, source=LEARNED, **told))


def _plain(values: Sequence[msgspec.Struct]) -> dict[str, object]:
    # within a map, so that the column has one type on every database
    return {"items": [_cleaned(msgspec.to_builtins(value)) for value in values]}


def _cleaned(fields: dict[str, object]) -> dict[str, object]:
    return {name: clean(v) if isinstance(v, str) else v for name, v in fields.items()}
