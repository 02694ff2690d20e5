"""API keys: how one is written, what is stored of it, and whether what is presented is it.

A key is ``oq_<tenant>_<key id>_<secret>``. The secret has 256 random bits, so its SHA-256 is stored
as it is: nobody can try that many, and a slow hash would only slow down every request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal

__all__ = (
    "KEY_ID",
    "KEY_PREFIX",
    "ApiKey",
    "Presented",
    "Secret",
    "decode_key",
    "encode_key",
    "key_id_of",
    "new_key_id",
    "new_secret",
    "presented",
    "written",
)

KEY_PREFIX: Final = "oq_"
"""What every key begins with, and no bearer token does; secret scanners can look for it."""

SUBJECT_PREFIX: Final = "key:"
"""What the subject of whoever holds a key begins with; no issuer of tokens has that name."""

KEY_ID_BYTES: Final = 10
SECRET_BYTES: Final = 32

KEY_ID: Final = re.compile(r"[a-z2-7]{16}")
_WRITTEN: Final = re.compile(rf"oq_([a-z0-9_-]{{1,63}})_({KEY_ID.pattern})_([a-z2-7]{{52}})")
"""A tenant's name may hold ``_``; the parts behind it have one length and no ``_``."""

_NOBODY: Final = hashlib.sha256(b"").digest()
"""What a presented key is compared with when there is none of that id."""


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a key: all but its secret. Times in ms since 1970; None: never."""

    key_id: str
    name: str
    sha256: bytes
    roles: frozenset[Role]
    created_ms: int
    created_by: str = ""
    scopes: frozenset[Permission] | None = None
    agent_id: str | None = None
    expires_ms: int | None = None
    revoked_ms: int | None = None
    rotated_to: str | None = None

    def fault(self, now_ms: int) -> str:
        """Why it lets nobody in now, in a word; "" when it does."""
        if self.revoked_ms is not None:
            return "revoked"
        if self.expires_ms is not None and now_ms >= self.expires_ms:
            return "expired"
        return ""

    def principal(self, tenant: str) -> Principal:
        """Whoever holds the key."""
        subject = f"{SUBJECT_PREFIX}{self.key_id}"
        return Principal(tenant, subject, self.roles, self.agent_id, self.scopes, self.key_id)


def key_id_of(subject: str) -> str | None:
    """The id of the key whose holder this is; None: it is no key's."""
    key_id = subject.removeprefix(SUBJECT_PREFIX)
    return key_id if key_id != subject and KEY_ID.fullmatch(key_id) else None


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret part of a key; never shown by accident."""

    text: str

    def __repr__(self) -> str:
        return "Secret(…)"

    @property
    def sha256(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.text.encode()).digest()

    def is_of(self, key: ApiKey | None) -> bool:
        """Whether it is that key's. For no key, and for one nearly right, it takes as long."""
        expected = _NOBODY if key is None else key.sha256
        return hmac.compare_digest(self.sha256, expected) and key is not None


@dataclass(frozen=True, slots=True)
class Presented:
    """A key as it was presented, taken apart."""

    tenant: str
    key_id: str
    secret: Secret


def presented(credential: str) -> Presented | None:
    """A key taken apart; None if it is not written as one."""
    match = _WRITTEN.fullmatch(credential)
    return None if match is None else Presented(match[1], match[2], Secret(match[3]))


def written(tenant: str, key_id: str, secret: Secret) -> str:
    """The whole key, as its holder gets it, once."""
    return f"{KEY_PREFIX}{tenant}_{key_id}_{secret.text}"


def new_key_id() -> str:
    """An id that no other key has."""
    return _base32(secrets.token_bytes(KEY_ID_BYTES))


def new_secret() -> Secret:
    """A secret that nobody can guess."""
    return Secret(_base32(secrets.token_bytes(SECRET_BYTES)))


def encode_key(key: ApiKey) -> bytes:
    """A key as it is stored."""
    return msgspec.json.encode(key)


_DECODER: Final = msgspec.json.Decoder(ApiKey)


def decode_key(stored: bytes) -> ApiKey:
    """The key that was stored. Raises ``msgspec.ValidationError``."""
    return _DECODER.decode(stored)


def _base32(octets: bytes) -> str:
    return base64.b32encode(octets).decode().rstrip("=").lower()
