"""For receivers: is this webhook from OneQueue, and of now? By the Standard Webhooks.

This file stands alone on the standard library: it may be copied into a receiver as it is.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Iterable, Mapping

__all__ = ("TOLERANCE_S", "SignatureError", "verify")

PREFIX = "whsec_"
TOLERANCE_S = 300
"""How far the clocks of sender and receiver may be apart, and how late a delivery may come."""

HEADER_CHARACTERS_MAX = 1_024


class SignatureError(Exception):
    """The request must not be trusted; the message says why, and holds nothing of the secret."""


def verify(
    secrets: str | Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance_s: int = TOLERANCE_S,
    now_s: float | None = None,
) -> str:
    """The ``webhook-id`` of a request that one of these secrets has signed: remember it for as
    long as ``tolerance_s``, and take each id once.

    ``headers`` by any spelling, ``body`` as it came, before anything has parsed it. Raises
    :class:`SignatureError`.
    """
    found = {name.lower(): value for name, value in headers.items()}
    webhook_id = _header(found, "webhook-id")
    timestamp = _header(found, "webhook-timestamp")
    now = time.time() if now_s is None else now_s
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16):
        raise SignatureError("webhook-timestamp is no time")
    if abs(now - int(timestamp)) > tolerance_s:
        raise SignatureError(f"webhook-timestamp is more than {tolerance_s} s from now")
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    offered = _signatures(_header(found, "webhook-signature"))
    keys = [secrets] if isinstance(secrets, str) else list(secrets)
    # every pair is compared, each in constant time
    matches = [
        hmac.compare_digest(hmac.digest(_key(secret), signed, "sha256"), one)
        for secret in keys
        for one in offered
    ]
    if not any(matches):
        raise SignatureError("no signature is of one of the secrets")
    return webhook_id


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise SignatureError(f"the header {name} is missing")
    if len(value) > HEADER_CHARACTERS_MAX:
        raise SignatureError(f"the header {name} is too long")
    return value


def _signatures(header: str) -> list[bytes]:
    found = []
    for part in header.split():
        version, comma, text = part.partition(",")
        if version == "v1" and comma:
            try:
                found.append(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("a secret is whsec_ and base64") from None
