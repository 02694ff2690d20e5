"""Redis users for the processes of OneQueue, as lines of an ACL file or as ``ACL SETUSER``."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.identity.access import ACCESS, CONNECTING, INBOX, Grant, Process
from adapters.redis.keys import Keys
from router.errors import CallerError

__all__ = ("AclError", "User", "new_password", "password_hash")

PASSWORD_BYTES: Final = 32
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_USER: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_INBOX: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class AclError(CallerError):
    """A user that cannot be made as asked; ``detail`` says what would be right."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True, slots=True)
class User:
    """A user of a Redis server: the processes that it is for, their tenants, and the SHA-256 of its
    password. ``inboxes`` are those of an adapter or a gateway. Raises :class:`AclError`, and
    :class:`TenantError`."""

    name: str
    processes: tuple[Process, ...]
    tenants: tuple[str, ...]
    password_sha256: str = field(repr=False)
    inboxes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.name):
            raise AclError(f"user {self.name!r}: a name is 1 to 64 of A-Z a-z 0-9 _ . -")
        if not _HASH.fullmatch(self.password_sha256):
            raise AclError("a password's hash is its SHA-256, in 64 of 0-9 a-f")
        for inbox in self.inboxes:
            if not _INBOX.fullmatch(inbox):
                raise AclError(f"inbox {inbox!r}: a name is 1 to 64 of A-Z a-z 0-9 _ . : -")

    def rules(self) -> Sequence[str]:
        """What follows the name, word by word and selector by selector."""
        parts = [ACCESS[process] for process in self.processes]
        prefixes = [Keys(tenant).prefix for tenant in self.tenants]
        keyless = _rules(" ".join((CONNECTING, *(part.keyless for part in parts))))
        selectors = (self._selector(grant, prefixes) for part in parts for grant in part.grants)
        return (
            *("reset", "on", "sanitize-payload", f"#{self.password_sha256}"),
            *dict.fromkeys(keyless),
            *filter(None, dict.fromkeys(selectors)),
        )

    def line(self) -> str:
        """A line of an ACL file."""
        return f"user {self.name} {' '.join(self.rules()[1:])}"

    def _selector(self, grant: Grant, prefixes: Iterable[str]) -> str:
        patterns = [
            ("~" if mode == "RW" else f"%{mode}~") + prefix + name
            for prefix in prefixes
            for mode, key in grant.keys
            for name in self._names(key)
        ]
        return f"({' '.join((*patterns, *_rules(grant.commands)))})" if patterns else ""

    def _names(self, key: str) -> Iterator[str]:
        if INBOX not in key:
            yield key
            return
        for inbox in self.inboxes:
            yield key.replace(INBOX, inbox)


def new_password() -> str:
    """A password that nobody can guess: 256 random bits, so that its SHA-256 gives nothing away."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def password_hash(password: str) -> str:
    """What an ACL file holds of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def _rules(commands: str) -> Iterator[str]:
    for word in commands.split():
        yield word if word.startswith("-") else f"+{word}"
