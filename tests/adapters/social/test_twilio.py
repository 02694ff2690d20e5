"""Twilio's forms, as it documents them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from adapters.media.message import Address, Attachment
from adapters.social.calls import CannotSend, Fate
from adapters.social.items import Ignored, Incoming, NotFromProvider, Payload, Receipt
from tests.adapters.social.kit import reply, twilio
from tests.adapters.social.payloads import MIA, SID, asked_by_twilio, sms


def test_a_text() -> None:
    asked = asked_by_twilio(sms())
    twilio().verify(asked)
    assert twilio().read(asked) == [
        Incoming("+15558675309", f"SM{1:032x}", MIA, text="My bill is too high.")
    ]


def test_pictures_and_nothing_else() -> None:
    form = sms(
        Body="",
        NumMedia="2",
        MediaUrl0="https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME0",
        MediaContentType0="image/jpeg",
        MediaUrl1="https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME1",
        MediaContentType1="video/mp4",
    )
    (found,) = twilio().read(asked_by_twilio(form))
    assert isinstance(found, Incoming)
    assert found.text == ""
    assert [each.media_type for each in found.attachments] == ["image/jpeg", "video/mp4"]
    assert found.attachments[0] == Attachment(uri=form["MediaUrl0"], media_type="image/jpeg")


def test_whatsapp_by_twilio() -> None:
    form = sms(
        From="whatsapp:+14155552671",
        To="whatsapp:+15558675309",
        ProfileName="Mia",
        Body="",
        Latitude="52.5",
        Longitude="13.4",
        OriginalRepliedMessageSid="SMq",
    )
    (found,) = twilio().read(asked_by_twilio(form))
    assert isinstance(found, Incoming)
    assert found.sender == Address(medium="phone", address="+14155552671", name="Mia")
    assert (found.text, found.answers) == ("[location 52.5,13.4]", "SMq")


def test_one_that_is_empty_is_shown_all_the_same() -> None:
    (found,) = twilio().read(asked_by_twilio(sms(Body="")))
    assert isinstance(found, Incoming)
    assert found.text == "[empty]"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "failed"),
        ("failed", "failed"),
    ],
)
def test_receipts(status: str, state: str) -> None:
    form = {
        "SmsSid": "SM9", "SmsStatus": status, "MessageStatus": status, "To": "+14155552671",
        "MessageSid": "SM9", "AccountSid": SID, "From": "+15558675309",
        "ErrorCode": "30003" if state == "failed" else "0",
    }  # fmt: skip
    url = "https://hooks.example.org/sms?message=m%2F1"
    asked = asked_by_twilio(form, url)
    twilio().verify(asked)
    reason = "Twilio error 30003" if state == "failed" else ""
    assert twilio().read(asked) == [Receipt("+15558675309", "SM9", state, "m/1", reason)]  # type: ignore[arg-type]  # a text of the table


def test_what_is_on_its_way_is_no_news() -> None:
    (found,) = twilio().read(asked_by_twilio(sms(MessageStatus="queued")))
    assert found == Ignored("status queued")


def test_what_twilio_has_not_signed() -> None:
    asked = asked_by_twilio(sms())
    for changed in (
        asked._replace(body=asked.body.replace(b"high", b"low")),
        asked._replace(url=asked.url + "?message=other"),
        asked._replace(headers={}),
        asked_by_twilio(sms(), token="another"),
        asked._replace(body=b"\xff\xfe"),
        asked._replace(body=b"&".join(b"a%d=1" % n for n in range(300))),
    ):
        with pytest.raises(NotFromProvider):
            twilio().verify(changed)
    with pytest.raises(NotFromProvider, match="another account"):
        twilio().verify(asked_by_twilio(sms(AccountSid="AC" + "f" * 32)))


@pytest.mark.parametrize("lacking", ["MessageSid", "From"])
def test_a_form_without_what_it_must_have(lacking: str) -> None:
    form = {name: value for name, value in sms().items() if name not in {lacking, "SmsSid"}}
    with pytest.raises(Payload, match=lacking):
        twilio().read(asked_by_twilio(form))


def test_what_is_sent() -> None:
    (call,) = twilio().calls(reply("Zoë & Co", "image/png", message_id="m/1"))
    assert call.url == f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
    assert call.headers["Authorization"].startswith("Basic ")
    assert parse_qsl(call.body.decode()) == [
        ("To", "+14155552671"),
        ("From", "+15558675309"),
        ("Body", "Zoë & Co"),
        ("MediaUrl", "https://files.example.org/0"),
        ("StatusCallback", "https://hooks.example.org/sms?message=m%2F1"),
    ]


def test_a_messaging_service_and_whatsapp() -> None:
    service = "MG" + "a" * 32
    (call,) = twilio(number=service).calls(reply())
    assert ("MessagingServiceSid", service) in parse_qsl(call.body.decode())
    assert twilio(number=service).owners == frozenset()
    (call,) = twilio(number="whatsapp:+15558675309").calls(reply())
    assert ("To", "whatsapp:+14155552671") in parse_qsl(call.body.decode())


@pytest.mark.parametrize(
    "message", [reply("x" * 1_601), reply("x", *["image/png"] * 11), reply(recipients=())]
)
def test_what_can_never_be_sent(message: object) -> None:
    with pytest.raises(CannotSend):
        twilio().calls(message)  # type: ignore[arg-type]  # of the table


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (201, b'{"sid": "SM7", "status": "queued"}', Fate.SENT),
        (201, b"<html>", Fate.DOUBTFUL),
        (400, b'{"code": 21211, "message": "Invalid To", "status": 400}', Fate.REFUSED),
        (400, b'{"code": 21610, "message": "unsubscribed", "status": 400}', Fate.REFUSED),
        (401, b'{"code": 20003, "message": "Authenticate", "status": 401}', Fate.LOCKED_OUT),
        (429, b'{"code": 20429, "message": "Too Many Requests"}', Fate.LATER),
        (503, b"", Fate.LATER),
    ],
)
def test_what_its_answers_mean(status: int, body: bytes, fate: Fate) -> None:
    verdict = twilio().verdict(status, {"retry-after": "7"}, body)
    assert verdict.fate is fate
    assert verdict.provider_id == ("SM7" if fate is Fate.SENT else "")
    assert verdict.retry_after_s == (7.0 if fate is Fate.LATER else 0.0)
