"""Tokens: of this form, from here, of now."""

from __future__ import annotations

import pytest

from adapters.forms.tokens import TOKEN_S_MAX, TokenRefused, token_of, verified

NONCE = "0123456789abcdef" * 2
NOW_S = 1_795_777_200.0
TOKEN = token_of("secret", "contact", NONCE, NOW_S)


def test_a_token_names_what_is_sent() -> None:
    for age_s in (2.0, TOKEN_S_MAX):
        assert verified("secret", "contact", TOKEN, NOW_S + age_s, least_s=2.0) == NONCE


@pytest.mark.parametrize(
    ("secret", "form", "token", "age_s", "why"),
    [
        ("other", "contact", TOKEN, 5, "of another form"),
        ("secret", "call-me", TOKEN, 5, "of another form"),
        ("secret", "contact", TOKEN.replace("0123", "1123", 1), 5, "of another form"),
        ("secret", "contact", "", 5, "there is no token"),
        ("secret", "contact", TOKEN + "x", 5, "there is no token"),
        ("secret", "contact", TOKEN, TOKEN_S_MAX + 1, "too old"),
        ("secret", "contact", TOKEN, 1, "nobody writes so fast"),
    ],
)
def test_what_is_refused(secret: str, form: str, token: str, age_s: float, why: str) -> None:
    with pytest.raises(TokenRefused, match=why):
        verified(secret, form, token, NOW_S + age_s, least_s=2.0)
