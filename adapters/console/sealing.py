"""Sealing: what a browser keeps for us can be neither read nor changed there (AES-256-GCM).

What is sealed names its purpose and when it ends; a text that was sealed for another purpose, with
another secret, or too long ago opens to nothing.
"""

from __future__ import annotations

import os
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ("Sealing", "fresh_secret")

NONCE_BYTES: Final = 12
_END: Final = struct.Struct(">d")


class Sealing:
    """Seals with the first of the secrets, and opens with any of them, so that one can take the
    place of another; ``now_s`` is the time since 1970 (s)."""

    def __init__(self, secrets: Sequence[str], now_s: Callable[[], float] = time.time) -> None:
        self._ciphers = [
            AESGCM(sha256(b"onequeue console\0" + each.encode()).digest()) for each in secrets
        ]
        self._now_s = now_s

    def seal(self, purpose: str, value: bytes, lifetime_s: float) -> str:
        """A text for a cookie, which opens for this purpose and so long."""
        nonce = os.urandom(NONCE_BYTES)
        told = _END.pack(self._now_s() + lifetime_s) + value
        sealed = nonce + self._ciphers[0].encrypt(nonce, told, purpose.encode())
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: str, text: str) -> bytes | None:
        """What was sealed; None for whatever is not valid now."""
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        told = self._opened(purpose.encode(), sealed[:NONCE_BYTES], sealed[NONCE_BYTES:])
        if told is None:
            return None
        (end_s,) = _END.unpack_from(told)
        return told[_END.size :] if self._now_s() < end_s else None

    def _opened(self, purpose: bytes, nonce: bytes, sealed: bytes) -> bytes | None:
        for cipher in self._ciphers:
            with suppress(ValueError, InvalidTag):
                return cipher.decrypt(nonce, sealed, purpose)
        return None


def fresh_secret() -> str:
    """A secret that nobody else has."""
    return os.urandom(32).hex()
