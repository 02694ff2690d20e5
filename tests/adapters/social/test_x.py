"""X's webhooks and answers, as it documents them."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from adapters.media.message import Address, Attachment
from adapters.social.calls import CannotSend, Fate
from adapters.social.items import Asked, Ignored, Incoming, NotFromProvider
from tests.adapters.social.kit import reply, x
from tests.adapters.social.payloads import NOW_S, body_of

PICTURE = {"media": {"id": 1, "media_url_https": "https://ton.example.org/1.jpg", "type": "photo"}}


def asked(payload: Any) -> Asked:
    body = body_of(payload)
    digest = base64.b64encode(hmac.digest(b"the_app_consumer_secret", body, "sha256")).decode()
    headers = {"x-twitter-webhooks-signature": f"sha256={digest}"}
    return Asked("https://hooks.example.org/x", headers, body, NOW_S)


def direct(sender: str, to: str, **more: Any) -> dict[str, Any]:
    data = {"text": "Hey! Hello!", "entities": {"hashtags": [], "urls": []}} | more
    created = {"target": {"recipient_id": to}, "sender_id": sender, "message_data": data}
    return {
        "type": "message_create",
        "id": "1062015437679050760",
        "created_timestamp": "1795777190292",
        "message_create": created,
    }


def activity(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    users = {"456": {"id": "456", "name": "Mia Test", "screen_name": "mia"}}
    return {"for_user_id": "123", "direct_message_events": list(events), "users": users} | more


def test_a_message_and_our_own() -> None:
    told = asked(activity(direct("456", "123", attachment=PICTURE), direct("123", "456")))
    x().verify(told)
    sender = Address(medium="x", address="456", name="Mia Test")
    picture = Attachment(uri="https://ton.example.org/1.jpg", media_type="image/*")
    assert x().read(told) == [
        Incoming(
            "123", "1062015437679050760", sender, 1_795_777_190_292, "Hey! Hello!", (picture,)
        ),
        Ignored("echo"),
    ]


def test_what_is_no_message() -> None:
    read = {"type": "message_read"}
    assert x().read(asked(activity(read))) == [Ignored("message_read")]
    follow = {"for_user_id": "123", "follow_events": [{"type": "follow"}]}
    assert x().read(asked(follow)) == [Ignored("activity")]


def test_x_looks_who_is_there() -> None:
    query = {"crc_token": "challenge_string_from_twitter", "nonce": "1"}
    answer, kind = x().challenge(query) or ("", "")
    told = "sha256=Wm3Otpm0cyYnX0r6Q32soAG67FXYP7UGVMZkcV6IuZU="
    assert (json.loads(answer), kind) == ({"response_token": told}, "application/json")
    assert x().challenge({}) is None


def test_nobody_has_a_webhook_of_their_own_signed() -> None:
    forged = body_of(activity(direct("456", "123"))).decode()
    assert x().challenge({"crc_token": forged[:1_000]}) is None
    assert x().challenge({"crc_token": '{"for_user_id":"1"}'}) is None


def test_what_x_has_not_signed() -> None:
    told = asked(activity())
    with pytest.raises(NotFromProvider):
        x().verify(told._replace(body=told.body + b" "))


def test_what_is_sent() -> None:
    (call,) = x().calls(reply("see", "image/png"))
    assert call.url == "https://api.x.com/2/dm_conversations/with/%2B14155552671/messages"
    assert call.headers["Authorization"] == "Bearer user-token"
    assert json.loads(call.body) == {"text": "see\nhttps://files.example.org/0"}
    with pytest.raises(CannotSend):
        x().calls(reply(""))


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (201, b'{"data": {"dm_conversation_id": "1-2", "dm_event_id": "77"}}', Fate.SENT),
        (201, b'{"data": []}', Fate.DOUBTFUL),
        (401, b'{"title": "Unauthorized"}', Fate.LOCKED_OUT),
        (403, b'{"detail": "You cannot send messages to this user"}', Fate.REFUSED),
        (429, b"", Fate.LATER),
        (502, b"", Fate.LATER),
    ],
)
def test_what_its_answers_mean(status: int, body: bytes, fate: Fate) -> None:
    verdict = x().verdict(status, {}, body)
    assert (verdict.fate, verdict.provider_id) == (fate, "77" if fate is Fate.SENT else "")
