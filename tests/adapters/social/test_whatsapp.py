"""WhatsApp's webhooks and answers, as Meta documents them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from adapters.media.message import Address, Attachment
from adapters.social.calls import CannotSend, Fate
from adapters.social.items import Ignored, Incoming, NotFromProvider, Payload, Receipt
from tests.adapters.social.kit import reply, wa
from tests.adapters.social.payloads import (
    PHONE_ID,
    asked_by_meta,
    whatsapp,
    whatsapp_text,
)

SENDER = Address(medium="phone", address="+16315551181", name="Mia Test")
SHA256 = bytes(range(32))


def read(payload: Any) -> list[Any]:
    asked = asked_by_meta(payload)
    wa().verify(asked)
    return wa().read(asked)


def test_a_batch_of_messages() -> None:
    first, second = whatsapp_text(1), whatsapp_text(2, context={"from": "1", "id": "wamid.old"})
    assert read(whatsapp(first, second)) == [
        Incoming(PHONE_ID, first["id"], SENDER, 1_795_777_190_000, "this is a text message"),
        Incoming(
            PHONE_ID, second["id"], SENDER, 1_795_777_190_000, "this is a text message",
            answers="wamid.old",
        ),
    ]  # fmt: skip


def test_a_picture_and_a_document() -> None:
    image = {
        "caption": "the bill", "mime_type": "image/jpeg", "id": "2754859441498128",
        "sha256": base64.b64encode(SHA256).decode(),
    }  # fmt: skip
    paper = {"filename": "bill.pdf", "mime_type": "application/pdf", "id": "27", "sha256": "?"}
    found = read(
        whatsapp(
            whatsapp_text(1, type="image", text=None, image=image),
            whatsapp_text(2, type="document", text=None, document=paper),
        )
    )
    graph = "https://graph.facebook.com/v23.0"
    assert found[0].text == "the bill"
    assert found[0].attachments == (
        Attachment(uri=f"{graph}/2754859441498128", media_type="image/jpeg", sha256=SHA256.hex()),
    )
    assert found[1].text == ""
    assert found[1].attachments == (
        Attachment(uri=f"{graph}/27", name="bill.pdf", media_type="application/pdf"),
    )


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"type": "button", "button": {"text": "Yes", "payload": "yes"}}, "Yes"),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "list_reply",
                    "list_reply": {"id": "2", "title": "Billing", "description": "d"},
                },
            },
            "Billing",
        ),
        (
            {"type": "location", "location": {"latitude": 52.5, "longitude": 13.4, "name": "HQ"}},
            "[location 52.5,13.4 HQ]",
        ),
        ({"type": "order", "order": {"catalog_id": "7"}}, "[order]"),
        ({"type": "unsupported", "errors": [{"code": 131051, "title": "Unsupported"}]},
         "[unsupported]"),
    ],
)  # fmt: skip
def test_what_is_neither_text_nor_file(told: dict[str, Any], text: str) -> None:
    (found,) = read(whatsapp(whatsapp_text(text=None, **told)))
    assert found.text == text


def test_reactions_and_what_is_about_the_account_are_no_messages() -> None:
    reaction = {"message_id": "wamid.x", "emoji": "\U0001f44d"}
    told = whatsapp_text(type="reaction", text=None, reaction=reaction)
    assert read(whatsapp(told)) == [Ignored("reaction")]
    assert read(whatsapp(field="account_update")) == [Ignored("account_update")]


def test_receipts() -> None:
    plain = {"id": "wamid.9", "recipient_id": "16315551181", "timestamp": "1795777195"}
    failed = {
        "errors": [{"code": 131047, "title": "Re-engagement message"}],
        "status": "failed", "biz_opaque_callback_data": "m-1",
    }  # fmt: skip
    found = read(
        whatsapp(
            statuses=[
                plain | {"status": "sent", "biz_opaque_callback_data": "m-1"},
                plain | {"status": "read"},
                plain | failed,
                plain | {"status": "warning"},
            ]
        )
    )
    at_ms = 1_795_777_195_000
    assert found == [
        Receipt(PHONE_ID, "wamid.9", "sent", "m-1", "", at_ms),
        Receipt(PHONE_ID, "wamid.9", "read", "", "", at_ms),
        Receipt(PHONE_ID, "wamid.9", "failed", "m-1", "WhatsApp error 131047", at_ms),
        Ignored("status warning"),
    ]


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"object": 7}', b"\xff"])
def test_what_is_not_as_documented(payload: bytes) -> None:
    with pytest.raises(Payload):
        read(payload)


def test_a_fault_names_the_place_and_no_values() -> None:
    with pytest.raises(Payload) as caught:
        read(whatsapp(whatsapp_text(text={"body": ["secret words"]})))
    assert "secret" not in str(caught.value)
    assert "body" in str(caught.value)


def test_meta_looks_who_is_there() -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": "look-who-is-there",
        "hub.challenge": "1158201444",
    }
    assert wa().challenge(query) == ("1158201444", "text/plain")
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}):
        with pytest.raises(NotFromProvider):
            wa().challenge(query | wrong)


def contents(message: Any) -> list[Any]:
    calls = wa().calls(message)
    assert {call.url for call in calls} == {f"https://graph.facebook.com/v23.0/{PHONE_ID}/messages"}
    assert calls[0].headers["Authorization"] == "Bearer EAAG-token"
    return [json.loads(call.body) for call in calls]


def test_a_text_is_sent() -> None:
    assert contents(reply()) == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "14155552671",
            "type": "text",
            "text": {"body": "You are right."},
            "biz_opaque_callback_data": "m-1",
        }
    ]


def test_files_go_one_by_one_and_the_last_brings_the_id_back() -> None:
    image, paper = contents(reply("see", "image/png", "application/pdf"))
    assert image["image"] == {"link": "https://files.example.org/0", "caption": "see"}
    assert paper["document"] == {"link": "https://files.example.org/1", "filename": "1.bin"}
    assert "biz_opaque_callback_data" not in image
    assert paper["biz_opaque_callback_data"] == "m-1"
    text, audio = contents(reply("listen", "audio/ogg"))
    assert (text["type"], audio["audio"]) == ("text", {"link": "https://files.example.org/0"})


@pytest.mark.parametrize(
    "message", [reply("x" * 4_097), reply(""), reply("x", *["image/png"] * 10)]
)
def test_what_can_never_be_sent(message: Any) -> None:
    with pytest.raises(CannotSend):
        wa().calls(message)


def error(code: int, **more: Any) -> bytes:
    told = {"message": "(#…)", "type": "OAuthException", "code": code, "fbtrace_id": "Az8"}
    return json.dumps({"error": told | more}).encode()


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (200, b'{"messages": [{"id": "wamid.7"}]}', Fate.SENT),
        (200, b"{}", Fate.DOUBTFUL),
        (200, b'{"messages": "?"}', Fate.DOUBTFUL),
        (401, error(190), Fate.LOCKED_OUT),
        (400, error(190), Fate.LOCKED_OUT),
        (400, error(130429), Fate.LATER),
        (400, error(131056), Fate.LATER),
        (429, error(80007), Fate.LATER),
        (500, error(131000), Fate.LATER),
        (500, b"oops", Fate.LATER),
        (400, error(7, is_transient=True), Fate.LATER),
        (400, error(131047), Fate.REFUSED),
        (403, error(10, error_subcode=2018278), Fate.REFUSED),
        (403, error(10), Fate.LOCKED_OUT),
        (400, error(131026), Fate.REFUSED),
        (404, b"[]", Fate.REFUSED),
    ],
)
def test_what_its_answers_mean(status: int, body: bytes, fate: Fate) -> None:
    verdict = wa().verdict(status, {}, body)
    assert verdict.fate is fate
    assert verdict.provider_id == ("wamid.7" if fate is Fate.SENT else "")
