"""Messenger's and Instagram's webhooks, as Meta documents them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.media.message import Address, Attachment
from adapters.social.calls import CannotSend, Fate
from adapters.social.items import Ignored, Incoming, Receipt, Seen
from tests.adapters.social.kit import messenger, reply
from tests.adapters.social.payloads import PAGE_ID, asked_by_meta, event, page

AT_MS = 1_795_777_190_123


def read(*events: dict[str, Any], provider: str = "messenger") -> list[Any]:
    asked = asked_by_meta(page(*events, kind="page" if provider == "messenger" else provider))
    messenger(provider).verify(asked)
    return messenger(provider).read(asked)


@pytest.mark.parametrize("provider", ["messenger", "instagram"])
def test_texts_and_files(provider: str) -> None:
    sender = Address(medium=provider, address="7654321")
    file = {"type": "image", "payload": {"url": "https://cdn.example.org/1.jpg"}}
    found = read(
        event(message={"mid": "m_1", "text": "hello, world!", "reply_to": {"mid": "m_0"}}),
        event(message={"mid": "m_2", "attachments": [file]}),
        provider=provider,
    )
    picture = Attachment(uri="https://cdn.example.org/1.jpg", media_type="image/*")
    assert found == [
        Incoming(PAGE_ID, "m_1", sender, AT_MS, "hello, world!", (), "m_0"),
        Incoming(PAGE_ID, "m_2", sender, AT_MS, "", (picture,)),
    ]


def test_what_cannot_be_shown_is_named() -> None:
    story = {"type": "story_mention", "payload": {}}
    found = read(
        event(message={"mid": "m_1", "attachments": [story]}),
        event(message={"mid": "m_2", "is_unsupported": True}),
        event(postback={"mid": "m_3", "title": "Get started", "payload": "START"}),
    )
    assert [each.text for each in found] == ["[story_mention]", "[unsupported]", "Get started"]


def test_receipts() -> None:
    found = read(
        event(delivery={"mids": ["m_7", "m_8"], "watermark": 1_795_777_100_000}),
        event(read={"watermark": 1_795_777_100_000}),
        event(read={"mid": "m_9"}),
    )
    assert found == [
        Receipt(PAGE_ID, "m_7", "delivered", at_ms=AT_MS),
        Receipt(PAGE_ID, "m_8", "delivered", at_ms=AT_MS),
        Seen(PAGE_ID, "7654321", 1_795_777_100_000),
        Receipt(PAGE_ID, "m_9", "read", at_ms=AT_MS),
    ]


def test_what_is_no_message() -> None:
    found = read(
        event(message={"mid": "m_1", "text": "ours", "is_echo": True}),
        event(message={"mid": "m_1", "is_deleted": True}),
        event(reaction={"mid": "m_1", "action": "react", "emoji": "x"}),
        event(optin={"ref": "x"}),
    )
    assert found == [Ignored("echo"), Ignored("deletion"), Ignored("event"), Ignored("event")]


def test_what_is_sent() -> None:
    text, image = messenger().calls(reply("see", "image/png"))
    assert text.url == f"https://graph.facebook.com/v23.0/{PAGE_ID}/messages"
    to = {"recipient": {"id": "+14155552671"}, "messaging_type": "RESPONSE"}
    assert json.loads(text.body) == {**to, "message": {"text": "see"}}
    payload = {"url": "https://files.example.org/0", "is_reusable": False}
    assert json.loads(image.body)["message"] == {
        "attachment": {"type": "image", "payload": payload}
    }
    (call,) = messenger("instagram").calls(reply())
    assert call.url.startswith("https://graph.instagram.com/")


def test_what_can_never_be_sent() -> None:
    for message in (reply("x" * 1_001), reply(""), reply("x", *["image/png"] * 10)):
        with pytest.raises(CannotSend):
            messenger("instagram").calls(message)


def test_what_its_answers_mean() -> None:
    sent = messenger().verdict(200, {}, b'{"recipient_id": "7", "message_id": "m_7"}')
    assert (sent.fate, sent.provider_id) == (Fate.SENT, "m_7")
    gone = messenger().verdict(400, {}, b'{"error": {"code": 551, "error_subcode": 1545041}}')
    assert gone.fate is Fate.REFUSED
