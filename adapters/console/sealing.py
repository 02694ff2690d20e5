"""Sealing: what a browser keeps for us can be neither read nor changed there (AES-256-GCM).

What is sealed names its purpose and when it ends; a text that was sealed for another purpose, with
another secret, or too long ago opens to nothing.
"""

from __future__ import annotations

import os
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ("Sealing", "fresh_secret")

NONCE_BYTES: Final = 12
_END: Final = struct.Struct(">d")


class Sealing:
    """Seals and opens with one secret; ``now_s`` is the time since 1970 (s)."""

    def __init__(self, secret: str, now_s: Callable[[], float] = time.time) -> None:
        self._cipher = AESGCM(sha256(b"onequeue console\0" + secret.encode()).digest())
        self._now_s = now_s

    def seal(self, purpose: str, value: bytes, lifetime_s: float) -> str:
        """A text for a cookie, which opens for this purpose and so long."""
        nonce = os.urandom(NONCE_BYTES)
        told = _END.pack(self._now_s() + lifetime_s) + value
        sealed = nonce + self._cipher.encrypt(nonce, told, purpose.encode())
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: str, text: str) -> bytes | None:
        """What was sealed; None for whatever is not valid now."""
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            told = self._cipher.decrypt(nonce, rest, purpose.encode())
        except (ValueError, InvalidTag):
            return None
        (end_s,) = _END.unpack_from(told)
        return told[_END.size :] if self._now_s() < end_s else None


def fresh_secret() -> str:
    """A secret that nobody else has."""
    return os.urandom(32).hex()
