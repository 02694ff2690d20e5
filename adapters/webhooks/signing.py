"""Signing webhooks by the Standard Webhooks (symmetric, ``v1``), and the secrets for that."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from adapters.webhooks.errors import SubscriptionError

__all__ = ("new_secret", "require_secret", "signed_headers")

PREFIX: Final = "whsec_"
NEW_BYTES: Final = 32
BYTES_MIN: Final = 24
BYTES_MAX: Final = 64


def new_secret() -> str:
    """A secret that nobody has seen."""
    return PREFIX + base64.b64encode(secrets.token_bytes(NEW_BYTES)).decode()


def require_secret(secret: str) -> None:
    """Raise :class:`SubscriptionError` for what is no secret; the message never shows it."""
    if not secret.startswith(PREFIX) or not BYTES_MIN <= len(_key(secret)) <= BYTES_MAX:
        raise SubscriptionError(
            "secret", f"a secret is {PREFIX} and {BYTES_MIN} to {BYTES_MAX} bytes in base64"
        )


def signed_headers(
    webhook_id: str, timestamp_s: int, body: bytes, keys: Sequence[str]
) -> dict[str, str]:
    """The three headers that go with a body, signed with each of the secrets."""
    signed = f"{webhook_id}.{timestamp_s}.".encode() + body
    digests = [hmac.digest(_key(secret), signed, "sha256") for secret in keys]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in digests),
    }


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
