"""WhatsApp by Meta's Cloud API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, field

from adapters.client.message_models import Attachment as Reference
from adapters.client.message_models import DialogueMessage
from adapters.media.message import Address, Attachment, ReportedState
from adapters.social.calls import Call, CannotSend, Verdict, recipient_of, told_in
from adapters.social.items import Asked, Ignored, Incoming, Item, Receipt, clipped, told_as_json
from adapters.social.meta import (
    MetaSecrets,
    decoded,
    meta_challenge,
    meta_verdict,
    meta_verify,
    millis,
)
from adapters.social.settings import WhatsAppSettings

__all__ = ("WhatsApp",)

BODY_CHARACTERS_MAX: Final = 4_096
CAPTION_CHARACTERS_MAX: Final = 1_024
PARTS_MAX: Final = 10

_STATES: Final[Mapping[str, ReportedState]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
_IGNORED: Final = frozenset({"reaction", "system", "ephemeral"})


class _Text(Struct):
    body: str = ""


class _Media(Struct):
    id: str = ""
    mime_type: str = "application/octet-stream"
    sha256: str = ""
    caption: str = ""
    filename: str = ""


class _Place(Struct):
    latitude: float = 0.0
    longitude: float = 0.0
    name: str = ""


class _Chosen(Struct):
    title: str = ""


class _Interactive(Struct):
    button_reply: _Chosen | None = None
    list_reply: _Chosen | None = None


class _Button(Struct):
    text: str = ""


class _Context(Struct):
    id: str = ""


class _Message(Struct):
    id: str
    type: str
    from_: str = field(name="from")
    timestamp: str = ""
    text: _Text | None = None
    image: _Media | None = None
    audio: _Media | None = None
    video: _Media | None = None
    document: _Media | None = None
    sticker: _Media | None = None
    location: _Place | None = None
    interactive: _Interactive | None = None
    button: _Button | None = None
    context: _Context | None = None


class _Fault(Struct):
    code: int = 0


class _Status(Struct):
    id: str
    status: str
    timestamp: str = ""
    biz_opaque_callback_data: str = ""
    errors: list[_Fault] = field(default_factory=list)


class _Profile(Struct):
    name: str = ""


class _Contact(Struct):
    wa_id: str = ""
    profile: _Profile = field(default_factory=_Profile)


class _Metadata(Struct):
    phone_number_id: str = ""


class _Value(Struct):
    metadata: _Metadata = field(default_factory=_Metadata)
    contacts: list[_Contact] = field(default_factory=list)
    messages: list[_Message] = field(default_factory=list)
    statuses: list[_Status] = field(default_factory=list)


class _Change(Struct):
    field: str
    value: _Value


class _Entry(Struct):
    changes: list[_Change] = field(default_factory=list)


class _Payload(Struct):
    object: str
    entry: list[_Entry] = field(default_factory=list)


class WhatsApp:
    """One number. Meta has nothing by which a repeated call is known, but its receipts bring our id
    back (``biz_opaque_callback_data``)."""

    is_idempotent = False

    def __init__(self, settings: WhatsAppSettings, secrets: MetaSecrets) -> None:
        self._settings = settings
        self._secrets = secrets

    @property
    def owners(self) -> frozenset[str]:
        """The id of its number."""
        return frozenset({self._settings.phone_number_id})

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """Meta looks who is there."""
        return meta_challenge(query, self._secrets)

    def verify(self, asked: Asked) -> None:
        """See that Meta has signed it."""
        meta_verify(asked, self._secrets)

    def read(self, asked: Asked) -> list[Item]:
        """Messages and receipts of one webhook, in their order."""
        items: list[Item] = []
        for entry in decoded(asked.body, _Payload).entry:
            for change in entry.changes:
                known = change.field == "messages"
                items += self._of_value(change.value) if known else [Ignored(change.field[:64])]
        return items

    def calls(self, message: DialogueMessage) -> list[Call]:
        """One for each attachment, and one for a text that is no caption of the first."""
        return [self._call(content) for content in _contents(message)]

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """As of all of Meta."""
        sent = told_in(body).get("messages")
        first = sent[0] if isinstance(sent, list) and sent else {}
        provider_id = str(first.get("id", "")) if isinstance(first, dict) else ""
        return meta_verdict(status, headers, body, provider_id)

    def _call(self, content: dict[str, Any]) -> Call:
        url = "/".join(
            (self._settings.api, self._settings.version, self._settings.phone_number_id, "messages")
        )
        headers = {
            "Authorization": f"Bearer {self._secrets.access_token}",
            "Content-Type": "application/json",
        }
        return Call(url, headers, told_as_json(content))

    def _of_value(self, value: _Value) -> Iterator[Item]:
        names = {contact.wa_id: contact.profile.name for contact in value.contacts}
        owner = value.metadata.phone_number_id
        for message in value.messages:
            if message.type in _IGNORED:
                yield Ignored(message.type)
            else:
                yield self._incoming(owner, message, names.get(message.from_, ""))
        for status in value.statuses:
            yield _receipt(owner, status)

    def _incoming(self, owner: str, message: _Message, name: str) -> Incoming:
        media = message.image or message.audio or message.video
        media = media or message.document or message.sticker
        attachments = (self._attachment(media),) if media and media.id else ()
        text = _text(message) or (media.caption if media else "")
        return Incoming(
            owner=owner,
            message_id=message.id,
            sender=Address(medium="phone", address=f"+{message.from_}"[:320], name=name[:255]),
            at_ms=millis(message.timestamp),
            text=clipped(text, message.type[:64], attachments),
            attachments=attachments,
            answers=message.context.id if message.context else "",
        )

    def _attachment(self, media: _Media) -> Attachment:
        # what stands there leads to the file, for whoever shows the access token
        uri = f"{self._settings.api}/{self._settings.version}/{media.id}"
        return Attachment(
            uri=uri[:2048],
            name=media.filename[:255],
            media_type=media.mime_type[:255],
            sha256=_hexadecimal(media.sha256),
        )


def _receipt(owner: str, status: _Status) -> Item:
    state = _STATES.get(status.status)
    if state is None:
        return Ignored(f"status {status.status[:32]}")
    reason = f"WhatsApp error {status.errors[0].code}" if status.errors else ""
    own = status.biz_opaque_callback_data
    return Receipt(owner, status.id, state, own, reason, millis(status.timestamp))


def _text(message: _Message) -> str:
    if message.text:
        return message.text.body
    if message.button:
        return message.button.text
    if message.interactive:
        chosen = message.interactive.button_reply or message.interactive.list_reply
        return chosen.title if chosen else ""
    if message.location:
        place = message.location
        return f"[location {place.latitude},{place.longitude} {place.name}".rstrip() + "]"
    return ""


def _hexadecimal(sha256: str) -> str:
    try:
        digest = base64.b64decode(sha256, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return digest.hex() if len(digest) == 32 else ""


def _contents(message: DialogueMessage) -> list[dict[str, Any]]:
    """The bodies of the calls; the last brings our id back with its receipts."""
    if len(message.text) > BODY_CHARACTERS_MAX:
        raise CannotSend(f"WhatsApp takes at most {BODY_CHARACTERS_MAX} characters")
    if len(message.attachments) >= PARTS_MAX:
        raise CannotSend(f"WhatsApp takes fewer than {PARTS_MAX} attachments at once")
    files = [_file(each) for each in message.attachments]
    text = message.text
    if files and text and files[0][0] != "audio" and len(text) <= CAPTION_CHARACTERS_MAX:
        files[0][1]["caption"], text = text, ""
    parts = [{"type": kind, kind: told} for kind, told in files]
    if text:
        parts.insert(0, {"type": "text", "text": {"body": text}})
    if not parts:
        raise CannotSend("it says nothing")
    to = recipient_of(message).removeprefix("+")
    about = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": to}
    contents = [{**about, **part} for part in parts]
    contents[-1]["biz_opaque_callback_data"] = message.message_id
    return contents


def _file(attachment: Reference) -> tuple[str, dict[str, str]]:
    kind = attachment.media_type.partition("/")[0]
    if kind not in {"image", "audio", "video"}:
        kind = "document"
    told = {"link": attachment.uri}
    if kind == "document" and attachment.name:
        told["filename"] = attachment.name
    return kind, told
