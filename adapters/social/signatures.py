"""Signatures of webhooks, each compared in constant time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence

from adapters.social.items import Asked, NotFromProvider

__all__ = ("crc_answer", "require_sha256", "require_twilio", "twilio_signature")

HEADER_CHARACTERS_MAX = 256


def twilio_signature(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """What ``X-Twilio-Signature`` says of a form: HMAC-SHA1 over the URL and every name with its
    value, by name; the same pair counts once."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def require_twilio(asked: Asked, parameters: Sequence[tuple[str, str]], token: str) -> None:
    """Raise :class:`NotFromProvider` for a form that Twilio has not signed with this token."""
    _require(asked, "x-twilio-signature", twilio_signature(token, asked.url, parameters))


def require_sha256(asked: Asked, header: str, secret: str, *, is_base64: bool = False) -> None:
    """The same for HMAC-SHA256 over the raw body: of Meta in hexadecimal, of X in base64."""
    digest = hmac.digest(secret.encode(), asked.body, "sha256")
    told = base64.b64encode(digest).decode() if is_base64 else digest.hex()
    _require(asked, header, f"sha256={told}")


def crc_answer(token: str, secret: str) -> str:
    """What X wants to hear: that we have the secret."""
    digest = hmac.digest(secret.encode(), token.encode(), "sha256")
    return f"sha256={base64.b64encode(digest).decode()}"


def _require(asked: Asked, header: str, expected: str) -> None:
    offered = asked.headers.get(header, "")
    if not offered:
        raise NotFromProvider(f"the header {header} is missing")
    if len(offered) > HEADER_CHARACTERS_MAX or not hmac.compare_digest(
        offered.encode(errors="replace"), expected.encode()
    ):
        raise NotFromProvider(f"the header {header} is of another secret, URL or body")
