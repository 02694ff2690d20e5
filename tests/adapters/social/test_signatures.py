"""Signatures against the vectors that the providers publish."""

from __future__ import annotations

import pytest

from adapters.social.items import Asked, NotFromProvider
from adapters.social.signatures import crc_answer, require_sha256, twilio_signature
from tests.adapters.social.payloads import APP_SECRET, asked_by_meta, page


def test_twilio_s_own_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, form.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert twilio_signature("12345", url, [*form.items()] * 2) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert twilio_signature("12345", url + "&x", form.items()) != "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_what_x_wants_to_hear() -> None:
    told = crc_answer("challenge_string_from_twitter", "the_app_consumer_secret")
    # printf %s TOKEN | openssl dgst -sha256 -hmac SECRET -binary | base64
    assert told == "sha256=Wm3Otpm0cyYnX0r6Q32soAG67FXYP7UGVMZkcV6IuZU="


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"x-hub-signature-256": ""}, "is missing"),
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, "of another secret"),
        ({"x-hub-signature-256": "sha1=" + "0" * 40}, "of another secret"),
        ({"x-hub-signature-256": "é" * 20}, "of another secret"),
        ({"x-hub-signature-256": "0" * 5_000}, "of another secret"),
    ],
)
def test_what_is_not_signed(change: dict[str, str], why: str) -> None:
    asked = asked_by_meta(page())
    require_sha256(asked, "x-hub-signature-256", APP_SECRET)
    with pytest.raises(NotFromProvider, match=why):
        require_sha256(asked._replace(headers=change), "x-hub-signature-256", APP_SECRET)


def test_one_byte_of_the_body_is_enough() -> None:
    asked = asked_by_meta(page())
    changed: Asked = asked._replace(body=asked.body + b" ")
    with pytest.raises(NotFromProvider):
        require_sha256(changed, "x-hub-signature-256", APP_SECRET)
