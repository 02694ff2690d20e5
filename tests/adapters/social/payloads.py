"""Webhooks and answers in the shapes that the providers document, with invented people."""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import urlencode

from adapters.media.message import Address
from adapters.social.items import Asked
from adapters.social.signatures import twilio_signature

__all__ = (
    "APP_SECRET",
    "AUTH_TOKEN",
    "MIA",
    "NOW_S",
    "PAGE_ID",
    "PHONE_ID",
    "SID",
    "asked_by_meta",
    "asked_by_twilio",
    "body_of",
    "event",
    "page",
    "sms",
    "whatsapp",
    "whatsapp_text",
)

NOW_S = 1_795_777_200.0
SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "12345"
APP_SECRET = "meta-app-secret"
PHONE_ID = "106540352242922"
PAGE_ID = "104052345678901"
MIA = Address(medium="phone", address="+14155552671", name="")


def sms(number: int = 1, **more: str) -> dict[str, str]:
    """An incoming short message."""
    return {
        "ToCountry": "US",
        "ToState": "CA",
        "SmsMessageSid": f"SM{number:032x}",
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "94105",
        "SmsSid": f"SM{number:032x}",
        "SmsStatus": "received",
        "FromCity": "SAN FRANCISCO",
        "Body": "My bill is too high.",
        "FromCountry": "US",
        "To": "+15558675309",
        "NumSegments": "1",
        "MessageSid": f"SM{number:032x}",
        "AccountSid": SID,
        "From": "+14155552671",
        "ApiVersion": "2010-04-01",
    } | more


def asked_by_twilio(
    form: dict[str, str], url: str = "https://hooks.example.org/sms", token: str = AUTH_TOKEN
) -> Asked:
    """The form as Twilio sends it, signed."""
    signature = twilio_signature(token, url, form.items())
    headers = {"x-twilio-signature": signature}
    return Asked(url, headers, urlencode(form).encode(), NOW_S)


def body_of(payload: Any) -> bytes:
    """As it goes over the wire; Meta escapes what is not ASCII."""
    return json.dumps(payload).encode()


def asked_by_meta(payload: Any, secret: str = APP_SECRET) -> Asked:
    """The body as Meta sends it, signed."""
    body = payload if isinstance(payload, bytes) else body_of(payload)
    digest = hmac.digest(secret.encode(), body, "sha256").hex()
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    return Asked("https://hooks.example.org/wa", headers, body, NOW_S)


def whatsapp_text(number: int = 1, **more: Any) -> dict[str, Any]:
    """One message of text."""
    return {
        "from": "16315551181",
        "id": f"wamid.HBgLMTYzMTU1NTExODEVAgASGBQ{number}",
        "timestamp": "1795777190",
        "text": {"body": "this is a text message"},
        "type": "text",
    } | more


def whatsapp(*messages: dict[str, Any], statuses: Any = (), field: str = "messages") -> Any:
    """A webhook of WhatsApp with these."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "16505551111", "phone_number_id": PHONE_ID},
    }
    if messages:
        value["contacts"] = [{"profile": {"name": "Mia Test"}, "wa_id": "16315551181"}]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"value": value, "field": field}]}],
    }


def event(**told: Any) -> dict[str, Any]:
    """One event of Messenger or Instagram."""
    return {
        "sender": {"id": "7654321"},
        "recipient": {"id": PAGE_ID},
        "timestamp": 1_795_777_190_123,
    } | told


def page(*events: dict[str, Any], kind: str = "page") -> dict[str, Any]:
    """A webhook of Messenger or Instagram with these."""
    return {
        "object": kind,
        "entry": [{"id": PAGE_ID, "time": 1_795_777_190_500, "messaging": list(events)}],
    }
