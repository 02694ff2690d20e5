"""Dialogues: what was said in each conversation, in Redis; each message stands there once.

A dialogue is a stream, bounded in number and time. Beside it is known of each message where it
stands, so that who repeats it is told so, and what it answers, so that a reply finds its
conversation (docs/media.md#what-stands-where).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_fields
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from adapters.audit.appending import STREAM_ENTRIES_MAX
from adapters.media.errors import TooManyUnsent, UnknownMessage
from adapters.media.message import Message, digest_of
from adapters.redis.journal_stream import time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Endpoint, checked
from router.errors import StoreUnavailable

__all__ = (
    "DIALOGUE_MESSAGES_MAX",
    "FEED_ENTRIES_MAX",
    "KEPT_MS",
    "UNSENT_MAX",
    "Claim",
    "Delivery",
    "Dialogues",
    "Kept",
    "Unsent",
    "Written",
)

KEPT_MS: Final = 30 * 86_400_000
"""How long a dialogue is kept after its last message, and a message is known to be a repeat."""

DIALOGUE_MESSAGES_MAX: Final = 1_000
"""The newest of a conversation: more than anybody reads. The customer record keeps all."""

FEED_ENTRIES_MAX: Final = 1_000_000
"""Of all conversations: some 150 MB, a day of a very large center."""

UNSENT_MAX: Final = 10_000
"""Of one account: when nobody sends them, the next ones are refused."""

LOOKED_AT_MAX: Final = 200
"""Messages of a dialogue that are looked through for the customer's last one."""

MOVES_MAX: Final = 5
ANSWER_S: Final = 5.0


class Written(NamedTuple):
    """Where a message stands; ``is_repeated``: it stood there before. ``interaction_id``: to which
    interaction it has led ("": not known yet)."""

    conversation_id: str
    entry_id: str
    is_repeated: bool
    interaction_id: str = ""


class Claim(NamedTuple):
    """The interaction to which the messages of one channel of a conversation lead. ``record_id`` is
    the record of the journal that knows it ("": it may not be created yet), ``entry_id`` the last
    message that has led there."""

    interaction_id: str
    record_id: str
    entry_id: str


class Delivery(NamedTuple):
    """What became of a message that was to be sent; ``at_ms`` 0: nothing yet."""

    state: str
    reason: str = ""
    at_ms: int = 0
    provider_id: str = ""


class Kept(NamedTuple):
    """A message of a dialogue, in its place; ``delivery`` of what was said to the customer."""

    entry_id: str
    message: Message
    delivery: Delivery | None


class Unsent(NamedTuple):
    """A message that an account is to send; ``order`` is its place among them."""

    order: str
    message: Message


_encode = msgspec.json.Encoder().encode
_message = msgspec.json.Decoder(Message)


class Dialogues:
    """Those of one tenant. All methods may raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._endpoint = endpoint
        self._keys = keys
        self._wire = endpoint.wire("dialogues")
        self._say = load_script("message_say.lua")
        self._claim = load_script("message_claim.lua")
        self._settle = load_script("message_settle.lua")
        self._deliver = load_script("message_deliver.lua")

    async def say(self, message: Message, fresh_id: str, audit: bytes = b"") -> Written:
        """Write a message into its dialogue: of its own ``conversation_id``, else where its thread
        leads, else a new one with ``fresh_id``; ``audit`` in the same step. Raises
        :class:`TooManyUnsent`."""
        place = message.conversation_id or fresh_id
        for _ in range(MOVES_MAX):
            status, found, entry_id = await self._said(message, place, audit)
            if status == _FULL:
                raise TooManyUnsent(message.account, UNSENT_MAX)
            place = found.decode()
            if status != _ELSEWHERE:
                is_repeated = status == _KNOWN
                led_to = await self._led_to(message) if is_repeated else ""
                return Written(place, entry_id.decode(), is_repeated, led_to)
        raise StoreUnavailable(f"the thread of a message of {message.account!r} changes")

    async def claimed(self, conversation_id: str, channel: str) -> Claim | None:
        """The interaction to which messages lead there."""
        key = self._keys.conversation(conversation_id)
        names = [f"{mark}:{channel}" for mark in "ire"]
        found = await self._wire.call("HMGET", key, *names)
        return _claim_of(found) if found[0] else None

    async def claim(self, conversation_id: str, channel: str, over: str, fresh: str) -> Claim:
        """Let them lead to ``fresh`` from now on, in the place of one that is ``over`` ("": there
        was none); or somebody else's claim, who was faster."""
        keys = (self._keys.conversation(conversation_id),)
        return _claim_of(await self._claim.run(self._wire, keys, (channel, over, fresh, KEPT_MS)))

    async def settle(self, message: Message, written: Written, led_to: Claim) -> None:
        """Note to which interaction a message has led, which the journal knows by now."""
        keys = (self._known(message), self._keys.conversation(written.conversation_id))
        told = (message.channel, led_to.interaction_id, led_to.record_id, written.entry_id)
        await self._settle.run(self._wire, keys, told)

    async def customer_of(self, conversation_id: str) -> str:
        """Whose conversation it is, as far as messages have told; "": nobody has."""
        key = self._keys.conversation(conversation_id)
        found: bytes | None = await self._wire.call("HGET", key, "customer")
        return (found or b"").decode()

    async def exists(self, conversation_id: str) -> bool:
        """Whether anything was said there, and is kept."""
        return bool(await self._wire.call("EXISTS", self._keys.dialogue(conversation_id)))

    async def messages(
        self, conversation_id: str, after: str, limit: int, wait_s: float = 0.0
    ) -> list[Kept]:
        """What was said behind an entry ("": from the first), the oldest first; waits for something
        if there is nothing."""
        start = f"({after}" if after else "-"
        key = self._keys.dialogue(conversation_id)
        found = await self._wire.call("XRANGE", key, start, "+", "COUNT", limit)
        if not found and wait_s > 0:
            found = await self._arriving(key, after or "0-0", limit, wait_s)
        return await self._kept(conversation_id, found)

    async def since(self, conversation_id: str, entry_id: str, limit: int) -> list[Kept]:
        """An entry ("": the first), where it is kept, and what was said behind it."""
        key = self._keys.dialogue(conversation_id)
        found = await self._wire.call("XRANGE", key, entry_id or "-", "+", "COUNT", limit)
        return await self._kept(conversation_id, found)

    async def newest(self, conversation_id: str, limit: int) -> list[Kept]:
        """What was said last, the oldest of it first."""
        key = self._keys.dialogue(conversation_id)
        found = await self._wire.call("XREVRANGE", key, "+", "-", "COUNT", limit)
        return await self._kept(conversation_id, found[::-1])

    async def message(self, conversation_id: str, entry_id: str) -> Kept | None:
        """The message at an entry of a dialogue, as the feed names it."""
        key = self._keys.dialogue(conversation_id)
        found = await self._wire.call("XRANGE", key, entry_id, entry_id)
        kept = await self._kept(conversation_id, found)
        return kept[0] if kept else None

    async def lately(self, conversation_id: str) -> list[Message]:
        """What was said there lately, by both sides, the newest first."""
        key = self._keys.dialogue(conversation_id)
        found = await self._wire.call("XREVRANGE", key, "+", "-", "COUNT", LOOKED_AT_MAX)
        return [_message.decode(fields[1]) for _, fields in found]

    async def known(self, account: str, message_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Which of these messages were said: conversation and interaction ("": it has led to none
        yet) by their ids."""
        keys = [self._keys.message(digest_of(account, one)) for one in message_ids]
        asked = [("HMGET", key, "e", "c", "i") for key in keys]
        replies = await self._wire.exchange(*asked) if asked else []
        found: dict[str, tuple[str, str]] = {}
        for name, reply in zip(message_ids, replies, strict=True):
            entry, conversation, interaction = checked(reply)
            if entry is not None:
                found[name] = (conversation.decode(), (interaction or b"").decode())
        return found

    async def unsent(self, account: str, after: str, limit: int, wait_s: float) -> list[Unsent]:
        """What an account is to send, behind a place among it ("": all of it), the oldest first;
        waits for something if there is nothing."""
        key, start = self._keys.outgoing(account), f"({after}" if after else "-"
        found = await self._wire.call("XRANGE", key, start, "+", "COUNT", limit)
        if not found and wait_s > 0:
            found = await self._arriving(key, after or "0-0", limit, wait_s)
        return [_unsent(entry_id, fields) for entry_id, fields in found]

    async def deliver(self, account: str, message_id: str, told: Delivery) -> Delivery:
        """Note what became of a message, by its id or the provider's; how it stands then.

        Raises :class:`UnknownMessage`.
        """
        alias = await self._wire.call(
            "HGET", self._keys.message(digest_of(account, message_id)), "m"
        )
        name = alias.decode() if alias else message_id
        known = self._keys.message(digest_of(account, name))
        provider = told.provider_id
        keys = (
            known,
            self._keys.outgoing(account),
            self._keys.messages,
            self._keys.message(digest_of(account, provider)) if provider else known,
        )
        at_ms = told.at_ms or await self.now_ms()
        arguments = (told.state, told.reason, provider, at_ms, KEPT_MS, FEED_ENTRIES_MAX)
        found = await self._deliver.run(self._wire, keys, (*arguments, account, name))
        if not found:
            raise UnknownMessage(account, message_id)
        return _delivery(found)

    async def now_ms(self) -> int:
        """The server's time."""
        return time_ms(await self._wire.call("TIME"))

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _said(self, message: Message, place: str, audit: bytes) -> tuple[int, bytes, bytes]:
        names = (self._keys.message(digest_of(message.account, one)) for one in message.thread)
        keys = (
            self._known(message),
            self._keys.dialogue(place),
            self._keys.conversation(place),
            self._keys.messages,
            self._keys.outgoing(message.account),
            self._keys.audit,
            *names,
        )
        customer = message.customer_id or await self.customer_of(place)
        told = structs.replace(message, conversation_id=place, customer_id=customer)
        arguments = (
            *(message.conversation_id, place, _encode(told), message.direction),
            *(message.customer_id, KEPT_MS, DIALOGUE_MESSAGES_MAX, FEED_ENTRIES_MAX, UNSENT_MAX),
            *(message.account, message.message_id, audit),
            STREAM_ENTRIES_MAX,
        )
        status, found, entry_id = await self._say.run(self._wire, keys, arguments)
        return int(status), found, entry_id

    async def _led_to(self, message: Message) -> str:
        found: bytes | None = await self._wire.call("HGET", self._known(message), "i")
        return (found or b"").decode()

    async def _kept(
        self, conversation_id: str, found: Sequence[tuple[bytes, list[bytes]]]
    ) -> list[Kept]:
        said = [(entry_id.decode(), _message.decode(fields[1])) for entry_id, fields in found]
        sent = [one for _, one in said if one.direction == "out"]
        asked = [("HMGET", self._known(one), "d", "x", "t", "p") for one in sent]
        replies = await self._wire.exchange(*asked) if asked else []
        became = {
            one.message_id: _delivery(checked(reply))
            for one, reply in zip(sent, replies, strict=True)
        }
        return [Kept(entry_id, one, became.get(one.message_id)) for entry_id, one in said]

    async def _arriving(
        self, key: str, after: str, limit: int, wait_s: float
    ) -> list[tuple[bytes, list[bytes]]]:
        # a read that waits holds its connection
        wire = with_fields(self._endpoint, timeout_s=wait_s + ANSWER_S).wire("waiting")
        try:
            wait_ms = max(1, round(wait_s * 1_000))
            asked = ("XREAD", "COUNT", limit, "BLOCK", wait_ms, "STREAMS", key, after)
            found = await wire.call(*asked)
            return list(found[0][1]) if found else []
        finally:
            await wire.close()

    def _known(self, message: Message) -> str:
        return self._keys.message(digest_of(message.account, message.message_id))


_KNOWN: Final = 0
_ELSEWHERE: Final = -1
_FULL: Final = -2


def _claim_of(found: Sequence[bytes | None]) -> Claim:
    interaction_id, record_id, entry_id = ((part or b"").decode() for part in found)
    return Claim(interaction_id, record_id, entry_id)


def _delivery(found: Sequence[bytes | None]) -> Delivery:
    state, reason, at_ms, provider_id = ((part or b"").decode() for part in found)
    return Delivery(state or "queued", reason, int(at_ms or 0), provider_id)


def _unsent(entry_id: bytes, fields: list[bytes]) -> Unsent:
    told = dict(zip(fields[::2], fields[1::2], strict=True))
    return Unsent(entry_id.decode(), _message.decode(told[b"m"]))
