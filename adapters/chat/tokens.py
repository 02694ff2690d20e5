"""Tokens of sessions: nobody guesses one or makes one up, and nothing needs to be kept of them.

Who shows a token has its session, after any reload, reconnect or restart: the name of the session,
and so its conversation, follow from the token, and not the other way round.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

__all__ = ("TOKEN_CHARACTERS_MAX", "SessionName", "Tokens", "fresh_secret")

TOKEN_CHARACTERS_MAX: Final = 128
VALID_S: Final = 30 * 86_400
"""As long as a dialogue is kept."""

RANDOM_BYTES: Final = 24
NAME_CHARACTERS: Final = 24
ACCOUNT_CHARACTERS: Final = 8


class SessionName(NamedTuple):
    """What may be known of a session: ``name`` stands in ids of messages, ``conversation_id`` is
    where they are."""

    name: str
    conversation_id: str


class Tokens:
    """Makes and reads those of one account, by a secret of at least 16 bytes."""

    def __init__(self, secret: bytes, account: str) -> None:
        self._secret = secret
        digest = hashlib.sha256(account.encode()).hexdigest()
        self.conversations = f"chat-{digest[:ACCOUNT_CHARACTERS]}-"
        """How the ids of its conversations begin."""

    def fresh(self, now_s: float) -> tuple[str, SessionName]:
        """A token that nobody has, and its session."""
        key = f"{int(now_s):x}.{secrets.token_urlsafe(RANDOM_BYTES)}"
        return f"{key}.{self._signature(key)}", self._named(key)

    def session(self, token: str, now_s: float) -> SessionName | None:
        """Whose session it is; None: it is not one of ours, or too old."""
        key, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(key).encode()):
            return None
        if now_s - int(key.partition(".")[0], 16) > VALID_S:
            return None
        return self._named(key)

    def _named(self, key: str) -> SessionName:
        name = hashlib.sha256(key.encode()).hexdigest()[:NAME_CHARACTERS]
        return SessionName(name, f"{self.conversations}{name}")

    def _signature(self, key: str) -> str:
        made = hmac.digest(self._secret, key.encode(), "sha256")[:18]
        return base64.urlsafe_b64encode(made).decode()


def fresh_secret() -> str:
    """A secret for tokens, in hexadecimal digits."""
    return secrets.token_hex(32)
