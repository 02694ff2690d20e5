"""Messenger and Instagram: the same webhooks and the same API, but for names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from adapters.client.message_models import DialogueMessage
from adapters.media.message import Address, Attachment
from adapters.social.calls import Call, CannotSend, Verdict, recipient_of, told_in
from adapters.social.items import (
    Asked,
    Ignored,
    Incoming,
    Item,
    Receipt,
    Seen,
    bounded,
    clipped,
    told_as_json,
)
from adapters.social.meta import MetaSecrets, decoded, meta_challenge, meta_verdict, meta_verify
from adapters.social.settings import InstagramSettings, MessengerSettings

__all__ = ("Messenger",)

CHARACTERS_MAX: Final = {"messenger": 2_000, "instagram": 1_000}
PARTS_MAX: Final = 10
_KINDS: Final = {"image": "image/*", "audio": "audio/*", "video": "video/*"}


class _Party(Struct):
    id: str = ""


class _Link(Struct):
    url: str = ""
    title: str = ""


class _Attachment(Struct):
    type: str = "file"
    payload: _Link | None = None


class _Answered(Struct):
    mid: str = ""


class _Message(Struct):
    mid: str = ""
    text: str = ""
    is_echo: bool = False
    is_deleted: bool = False
    attachments: list[_Attachment] = field(default_factory=list)
    reply_to: _Answered | None = None


class _Delivered(Struct):
    mids: list[str] = field(default_factory=list)


class _Read(Struct):
    mid: str = ""
    watermark: int = 0


class _Postback(Struct):
    mid: str = ""
    title: str = ""


class _Event(Struct):
    sender: _Party = field(default_factory=_Party)
    recipient: _Party = field(default_factory=_Party)
    timestamp: int = 0
    message: _Message | None = None
    delivery: _Delivered | None = None
    read: _Read | None = None
    postback: _Postback | None = None


class _Entry(Struct):
    id: str = ""
    messaging: list[_Event] = field(default_factory=list)


class _Payload(Struct):
    object: str
    entry: list[_Entry] = field(default_factory=list)


class Messenger:
    """One page, or one Instagram account. A repeated call is not known as such."""

    is_idempotent = False

    def __init__(
        self, settings: MessengerSettings | InstagramSettings, secrets: MetaSecrets
    ) -> None:
        self._settings = settings
        self._secrets = secrets

    @property
    def owners(self) -> frozenset[str]:
        """The id of the page."""
        return frozenset({self._settings.page_id})

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """Meta looks who is there."""
        return meta_challenge(query, self._secrets)

    def verify(self, asked: Asked) -> None:
        """See that Meta has signed it."""
        meta_verify(asked, self._secrets)

    def read(self, asked: Asked) -> list[Item]:
        """Everything of one webhook, in its order."""
        return [
            item
            for entry in decoded(asked.body, _Payload).entry
            for event in entry.messaging
            for item in self._items(event)
        ]

    def calls(self, message: DialogueMessage) -> list[Call]:
        """One for the text, and one for each attachment."""
        most = CHARACTERS_MAX[self._settings.provider]
        if len(message.text) > most:
            raise CannotSend(f"{self._settings.provider} takes at most {most} characters")
        if len(message.attachments) >= PARTS_MAX:
            raise CannotSend(f"fewer than {PARTS_MAX} attachments are sent at once")
        parts: list[dict[str, Any]] = [{"text": message.text}] if message.text else []
        for each in message.attachments:
            kind = each.media_type.partition("/")[0]
            payload = {"url": each.uri, "is_reusable": False}
            parts.append({"attachment": {"type": kind if kind in _KINDS else "file",
                                         "payload": payload}})  # fmt: skip
        if not parts:
            raise CannotSend("it says nothing")
        to = {"id": recipient_of(message)}
        return [
            self._call({"recipient": to, "messaging_type": "RESPONSE", "message": part})
            for part in parts
        ]

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """As of all of Meta."""
        return meta_verdict(status, headers, body, str(told_in(body).get("message_id", "")))

    def _call(self, content: dict[str, Any]) -> Call:
        where = self._settings
        headers = {
            "Authorization": f"Bearer {self._secrets.access_token}",
            "Content-Type": "application/json",
        }
        url = f"{where.api}/{where.version}/{where.page_id}/messages"
        return Call(url, headers, told_as_json(content))

    def _items(self, event: _Event) -> Iterator[Item]:
        owner, person = event.recipient.id, event.sender.id
        if event.message is not None:
            yield self._message(event, event.message)
        elif event.delivery is not None:
            for mid in event.delivery.mids:
                yield Receipt(owner, mid, "delivered", at_ms=event.timestamp)
        elif event.read is not None and event.read.mid:
            yield Receipt(owner, event.read.mid, "read", at_ms=event.timestamp)
        elif event.read is not None:
            yield Seen(owner, person, event.read.watermark)
        elif event.postback is not None and event.postback.mid:
            chosen = event.postback
            yield self._incoming(event, chosen.mid, clipped(chosen.title, "postback"))
        else:
            yield Ignored("event")

    def _message(self, event: _Event, message: _Message) -> Item:
        if message.is_echo or message.is_deleted or not message.mid:
            return Ignored("echo" if message.is_echo else "deletion")
        found = [
            Attachment(
                uri=each.payload.url[:2048],
                name=each.payload.title[:255],
                media_type=_KINDS.get(each.type, "application/octet-stream"),
            )
            for each in message.attachments
            if each.payload and each.payload.url
        ]
        kind = message.attachments[0].type[:64] if message.attachments else "unsupported"
        attachments = bounded(found)
        text = clipped(message.text, kind, attachments)
        answers = message.reply_to.mid if message.reply_to else ""
        return self._incoming(event, message.mid, text, attachments, answers)

    def _incoming(
        self,
        event: _Event,
        message_id: str,
        text: str,
        attachments: tuple[Attachment, ...] = (),
        answers: str = "",
    ) -> Incoming:
        sender = Address(medium=self._settings.provider, address=event.sender.id[:320])
        return Incoming(
            event.recipient.id, message_id, sender, event.timestamp, text, attachments, answers
        )
