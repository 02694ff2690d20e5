"""SMS, MMS and WhatsApp by Twilio: forms in, forms out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from adapters.client.message_models import DialogueMessage
from adapters.media.message import Address, Attachment, ReportedState
from adapters.social.calls import (
    Call,
    CannotSend,
    Fate,
    Verdict,
    recipient_of,
    retry_after_s,
    told_in,
)
from adapters.social.items import (
    Asked,
    Ignored,
    Incoming,
    Item,
    NotFromProvider,
    Payload,
    Receipt,
    clipped,
)
from adapters.social.settings import TwilioSettings
from adapters.social.signatures import require_twilio

__all__ = ("Twilio",)

FIELDS_MAX: Final = 200
MEDIA_MAX: Final = 10
"""Of one message, by Twilio's own bound."""

BODY_CHARACTERS_MAX: Final = 1_600
OURS: Final = "message"
"""In the query of a status callback: the message that it is about."""

_STATES: Final[Mapping[str, ReportedState]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_LOCKED_OUT: Final = frozenset({20003, 20005, 20008})
"""Authentication failed, account not active, test credentials."""


class Twilio:
    """One number, or one messaging service. Twilio has nothing by which a repeated call is known,
    but its status callbacks bring our id back."""

    is_idempotent = False

    def __init__(self, settings: TwilioSettings, auth_token: str, callback_url: str) -> None:
        self._settings = settings
        self._token = auth_token
        self._callback_url = callback_url

    @property
    def owners(self) -> frozenset[str]:
        """The number; a messaging service has several, and takes whatever comes."""
        number = self._settings.number
        return frozenset() if number.startswith("MG") else frozenset({number})

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """Twilio does not look who is there."""
        return None

    def verify(self, asked: Asked) -> None:
        """See that Twilio has signed it, for this account."""
        form = _form(asked)
        require_twilio(asked, form, self._token)
        if dict(form).get("AccountSid", self._settings.account_sid) != self._settings.account_sid:
            raise NotFromProvider("it is of another account")

    def read(self, asked: Asked) -> list[Item]:
        """One message, or what became of one."""
        form = dict(_form(asked))
        message_id = form.get("MessageSid") or form.get("SmsSid", "")
        if not message_id:
            raise Payload("the form has no MessageSid")
        status = form.get("MessageStatus") or form.get("SmsStatus", "received")
        if status in {"received", "receiving"}:
            return [_incoming(message_id, form)]
        if status not in _STATES:
            return [Ignored(f"status {status[:32]}")]
        query = dict(parse_qsl(urlsplit(asked.url).query))
        code = form.get("ErrorCode", "")
        reason = f"Twilio error {code}" if code.isdecimal() and code != "0" else ""
        own = query.get(OURS, "")
        return [Receipt(form.get("From", ""), message_id, _STATES[status], own, reason)]

    def calls(self, message: DialogueMessage) -> list[Call]:
        """One form."""
        if len(message.text) > BODY_CHARACTERS_MAX:
            raise CannotSend(f"Twilio takes at most {BODY_CHARACTERS_MAX} characters")
        if len(message.attachments) > MEDIA_MAX:
            raise CannotSend(f"Twilio takes at most {MEDIA_MAX} attachments")
        number, sid = self._settings.number, self._settings.account_sid
        to = recipient_of(message)
        is_whatsapp = number.startswith("whatsapp:") and not to.startswith("whatsapp:")
        form = [("To", f"whatsapp:{to}" if is_whatsapp else to)]
        form.append(("MessagingServiceSid" if number.startswith("MG") else "From", number))
        if message.text:
            form.append(("Body", message.text))
        form += [("MediaUrl", each.uri) for each in message.attachments]
        told = quote(message.message_id, safe="")
        form.append(("StatusCallback", f"{self._callback_url}?{OURS}={told}"))
        credential = base64.b64encode(f"{sid}:{self._token}".encode()).decode()
        headers = {
            "Authorization": f"Basic {credential}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        url = f"{self._settings.api}/2010-04-01/Accounts/{sid}/Messages.json"
        return [Call(url, headers, urlencode(form).encode())]

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """By status and Twilio's own code."""
        told = told_in(body)
        code = told.get("code") if isinstance(told.get("code"), int) else 0
        reason = f"Twilio answers {status}" + (f", error {code}" if code else "")
        if status in {200, 201}:
            sid = str(told.get("sid", ""))
            return Verdict(Fate.SENT if sid else Fate.DOUBTFUL, sid, reason)
        if status == 401 or code in _LOCKED_OUT:
            return Verdict(Fate.LOCKED_OUT, reason=reason)
        if status in {408, 429} or status >= 500:
            return Verdict(Fate.LATER, "", reason, retry_after_s(headers))
        return Verdict(Fate.REFUSED, reason=reason)


def _form(asked: Asked) -> list[tuple[str, str]]:
    try:
        text = asked.body.decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        raise NotFromProvider("the body is no form") from None


def _incoming(message_id: str, form: Mapping[str, str]) -> Incoming:
    attachments = tuple(_media(form))
    text, where = form.get("Body", ""), form.get("Latitude", "")
    if where and not text:
        text = f"[location {where},{form.get('Longitude', '')}]"
    sender = form.get("From", "")
    if not sender:
        raise Payload("the form has no From")
    return Incoming(
        owner=form.get("To", ""),
        message_id=message_id,
        sender=Address(
            medium="phone",
            address=sender.removeprefix("whatsapp:")[:320],
            name=form.get("ProfileName", "")[:255],
        ),
        text=clipped(text, "", attachments),
        attachments=attachments,
        answers=form.get("OriginalRepliedMessageSid", ""),
    )


def _media(form: Mapping[str, str]) -> list[Attachment]:
    told = form.get("NumMedia", "0")
    count = min(MEDIA_MAX, int(told)) if told.isdecimal() and len(told) < 4 else 0
    found = []
    for number in range(count):
        uri = form.get(f"MediaUrl{number}", "")
        if uri:
            kind = form.get(f"MediaContentType{number}", "application/octet-stream")
            found.append(Attachment(uri=uri[:2048], media_type=kind[:255]))
    return found
