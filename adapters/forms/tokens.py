"""Tokens of forms: who sends one has fetched it before, from here, and not long ago.

What a token names is the id of what is sent with it, so that a form that is sent twice is one.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

from router.errors import CallerError

__all__ = ("TOKEN_S_MAX", "TokenRefused", "token_of", "verified")

TOKEN_S_MAX: Final = 4 * 3_600
"""So long may somebody write."""

_TOKEN: Final = re.compile(r"(\d{1,12})\.([0-9a-f]{32})\.([A-Za-z0-9_-]{43})")


class TokenRefused(CallerError):
    """A token that is none, is of another form, too old, or used too soon."""


def token_of(secret: str, form: str, nonce: str, now_s: float) -> str:
    """A token for one sending of a form; ``nonce``: 32 random hexadecimal digits."""
    issued = f"{int(now_s)}.{nonce}"
    return f"{issued}.{_signature(secret, form, issued)}"


def verified(secret: str, form: str, token: str, now_s: float, *, least_s: float) -> str:
    """The nonce of a token that is so old at least. Raises :class:`TokenRefused`."""
    matched = _TOKEN.fullmatch(token)
    if matched is None:
        raise TokenRefused("there is no token")
    expected = _signature(secret, form, f"{matched[1]}.{matched[2]}")
    if not hmac.compare_digest(matched[3], expected):
        raise TokenRefused("the token is of another form")
    age_s = now_s - int(matched[1])
    if age_s > TOKEN_S_MAX:
        raise TokenRefused("the token is too old: load the form again")
    if age_s < least_s:
        raise TokenRefused("nobody writes so fast: try again in a moment")
    return matched[2]


def _signature(secret: str, form: str, issued: str) -> str:
    digest = hmac.digest(secret.encode(), f"{form}.{issued}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
