"""Secrets: read once at the start, from where a rule says that they stand."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Final

from adapters.edge.rules import SecretSource
from router.errors import CallerError

__all__ = ("SIGNATURE_HEADER", "SecretError", "read_secret", "signature")

SECRET_BYTES_MAX: Final = 8_192
SIGNATURE_HEADER: Final = "OneQueue-Signature"


class SecretError(CallerError):
    """A secret that is not where it should be; the message never shows what was found there."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(place, reason)
        self.place = place
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_secret(source: SecretSource) -> str:
    """The secret, without spaces or line ends around it. Raises :class:`SecretError`."""
    if source.env is not None:
        place, text = f"environment variable {source.env}", os.environ.get(source.env)
    else:
        place, text = f"file {source.file}", _in_file(Path(source.file or ""))
    if text is None or not text.strip():
        raise SecretError(place, "there is no secret")
    secret = text.strip()
    if not (secret.isascii() and secret.isprintable()):
        raise SecretError(place, "a secret is one line of printable ASCII")
    return secret


def signature(secret: str, body: bytes, now_s: int) -> str:
    """What :data:`SIGNATURE_HEADER` says: the time, and HMAC-SHA256 of time, full stop and body."""
    digest = hmac.digest(secret.encode(), b"%d." % now_s + body, "sha256")
    return f"t={now_s},v1={digest.hex()}"


def _in_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(SECRET_BYTES_MAX).decode(errors="replace")
    except OSError as error:
        raise SecretError(f"file {path}", error.strerror or "cannot be read") from None
