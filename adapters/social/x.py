"""Direct messages on X: its Account Activity webhooks, and its API of messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

from adapters.client.message_models import DialogueMessage
from adapters.media.message import Address, Attachment
from adapters.social.calls import (
    Call,
    CannotSend,
    Fate,
    Verdict,
    recipient_of,
    retry_after_s,
    told_in,
)
from adapters.social.items import Asked, Ignored, Incoming, Item, clipped, told_as_json
from adapters.social.meta import decoded
from adapters.social.settings import XSettings
from adapters.social.signatures import crc_answer, require_sha256

__all__ = ("X",)

TEXT_CHARACTERS_MAX: Final = 10_000
_CRC_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_.~-]{1,256}")
"""X signs webhooks with the secret by which it looks who is there: whoever had other texts answered
could have a webhook of their own signed, which is JSON."""


class _Media(Struct):
    media_url_https: str = ""
    type: str = ""


class _Attachment(Struct):
    media: _Media = field(default_factory=_Media)


class _Data(Struct):
    text: str = ""
    attachment: _Attachment | None = None


class _Target(Struct):
    recipient_id: str = ""


class _Create(Struct):
    target: _Target
    sender_id: str
    message_data: _Data = field(default_factory=_Data)


class _Event(Struct):
    type: str
    id: str = ""
    created_timestamp: str = ""
    message_create: _Create | None = None


class _User(Struct):
    name: str = ""


class _Payload(Struct):
    for_user_id: str = ""
    direct_message_events: list[_Event] = field(default_factory=list)
    users: dict[str, _User] = field(default_factory=dict)


class X:
    """One user. X has no receipts for businesses, and a repeated call is not known as such."""

    is_idempotent = False

    def __init__(self, settings: XSettings, consumer_secret: str, access_token: str) -> None:
        self._settings = settings
        self._secret = consumer_secret
        self._token = access_token

    @property
    def owners(self) -> frozenset[str]:
        """The id of the user."""
        return frozenset({self._settings.user_id})

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """X looks, every hour, whether we have the secret."""
        token = query.get("crc_token", "")
        if not _CRC_TOKEN.fullmatch(token):
            return None
        answer = {"response_token": crc_answer(token, self._secret)}
        return told_as_json(answer).decode(), "application/json"

    def verify(self, asked: Asked) -> None:
        """See that X has signed it."""
        require_sha256(asked, "x-twitter-webhooks-signature", self._secret, is_base64=True)

    def read(self, asked: Asked) -> list[Item]:
        """The messages of one webhook; those that the user has sent themselves are echoes."""
        told = decoded(asked.body, _Payload)
        items: list[Item] = [_item(event, told) for event in told.direct_message_events]
        return items or [Ignored("activity")]

    def calls(self, message: DialogueMessage) -> list[Call]:
        """One; attachments go as links, because X takes no others by reference."""
        lines = [message.text, *(each.uri for each in message.attachments)]
        text = "\n".join(line for line in lines if line)
        if not text or len(text) > TEXT_CHARACTERS_MAX:
            raise CannotSend(f"X takes 1 to {TEXT_CHARACTERS_MAX} characters")
        to = quote(recipient_of(message), safe="")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        url = f"{self._settings.api}/2/dm_conversations/with/{to}/messages"
        return [Call(url, headers, told_as_json({"text": text}))]

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """By status alone: the texts of X are for people."""
        reason = f"X answers {status}"
        if 200 <= status < 300:
            data = told_in(body).get("data")
            sent = str(data.get("dm_event_id", "")) if isinstance(data, dict) else ""
            return Verdict(Fate.SENT if sent else Fate.DOUBTFUL, sent, reason)
        if status == 401:
            return Verdict(Fate.LOCKED_OUT, reason=reason)
        if status in {408, 429} or status >= 500:
            return Verdict(Fate.LATER, "", reason, retry_after_s(headers))
        return Verdict(Fate.REFUSED, reason=reason)


def _item(event: _Event, told: _Payload) -> Item:
    made = event.message_create
    if event.type != "message_create" or made is None or not event.id:
        return Ignored(event.type[:64])
    if made.sender_id == told.for_user_id:
        return Ignored("echo")
    data, name = made.message_data, told.users.get(made.sender_id, _User()).name
    media = data.attachment.media if data.attachment else _Media()
    attachments = (
        (Attachment(uri=media.media_url_https[:2048], media_type=_media_type(media.type)),)
        if media.media_url_https
        else ()
    )
    at = event.created_timestamp
    return Incoming(
        owner=made.target.recipient_id,
        message_id=event.id,
        sender=Address(medium="x", address=made.sender_id[:320], name=name[:255]),
        at_ms=int(at) if at.isdecimal() and len(at) < 16 else 0,
        text=clipped(data.text, "empty", attachments),
        attachments=attachments,
    )


def _media_type(kind: str) -> str:
    return {"photo": "image/*", "video": "video/*", "animated_gif": "video/*"}.get(
        kind, "application/octet-stream"
    )
