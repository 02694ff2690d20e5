"""Signatures: as the Standard Webhooks have them, and verified as receivers do."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.webhooks.errors import SubscriptionError
from adapters.webhooks.signing import new_secret, require_secret, signed_headers
from adapters.webhooks.verifying import SignatureError, verify
from tests.hypothesis_profiles import scaled

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
NOW_S = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def headers(*secrets: str, body: bytes = BODY) -> dict[str, str]:
    return signed_headers(ID, NOW_S, body, secrets or (SECRET,))


def test_the_vector_of_the_specification() -> None:
    assert headers() == {
        "webhook-id": ID,
        "webhook-timestamp": str(NOW_S),
        "webhook-signature": SIGNATURE,
    }
    assert verify(SECRET, headers(), BODY, now_s=NOW_S) == ID


@scaled(50)
@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_what_is_signed_is_verified(body: bytes, now_s: int) -> None:
    secret = new_secret()
    require_secret(secret)
    signed = signed_headers("t/3-120/0", now_s, body, (secret,))
    assert verify([OTHER, secret], signed, body, now_s=now_s + 299) == "t/3-120/0"
    with pytest.raises(SignatureError, match="no signature"):
        verify(secret, signed, body + b" ", now_s=now_s)


def test_two_secrets_while_one_takes_over() -> None:
    both = headers(OTHER, SECRET)
    assert len(both["webhook-signature"].split()) == 2
    for secret in (SECRET, OTHER):
        assert verify(secret, both, BODY, now_s=NOW_S) == ID
    with pytest.raises(SignatureError):
        verify(OTHER, headers(SECRET), BODY, now_s=NOW_S)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"webhook-id": ""}, "header webhook-id is missing"),
        ({"webhook-id": "another"}, "no signature is of one of the secrets"),
        ({"webhook-timestamp": str(NOW_S - 301)}, "more than 300 s from now"),
        ({"webhook-timestamp": str(NOW_S + 301)}, "more than 300 s from now"),
        ({"webhook-timestamp": str(NOW_S + 1)}, "no signature"),
        ({"webhook-timestamp": "soon"}, "is no time"),
        ({"webhook-timestamp": "９"}, "is no time"),
        ({"webhook-timestamp": "9" * 16}, "is no time"),
        ({"webhook-signature": ""}, "header webhook-signature is missing"),
        ({"webhook-signature": SIGNATURE.replace("v1", "v2")}, "no signature"),
        ({"webhook-signature": "v1,g0hM9"}, "no signature"),
        ({"webhook-signature": "v1,ü"}, "no signature"),
        ({"webhook-signature": "v1," + "A" * 2_000}, "is too long"),
    ],
)
def test_what_is_not_ours_is_refused(change: dict[str, str], words: str) -> None:
    with pytest.raises(SignatureError, match=words):
        verify(SECRET, {**headers(), **change}, BODY, now_s=NOW_S)


def test_names_of_headers_are_taken_in_any_spelling() -> None:
    spelt = {name.title(): value for name, value in headers().items()}
    assert verify(SECRET, spelt, BODY, now_s=NOW_S) == ID


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!", SECRET.removeprefix("whsec_"),
               "whsec_" + base64.b64encode(bytes(65)).decode()]
)  # fmt: skip
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(SubscriptionError, match="a secret is whsec_ and 24 to 64 bytes") as caught:
        require_secret(secret)
    assert not secret or secret not in str(caught.value).replace("whsec_ and", "")
