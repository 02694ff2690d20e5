"""One entry of the audit: who did what, from where, and what was so before and after.

When it was done is not in here: the id of the entry's place in the stream is the server's time. How
a command ended is not in here either, it stands in the journal, under the id of its inbound entry
(adapters/audit/appending.py).

What was so before and after can be erased later (``onequeue forget``) without breaking the chain
of the exported files: that covers only the ``seal``, a digest of both with a random ``salt``, so
that nobody finds out by trying what an erased value was.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from adapters.audit.errors import AuditUnreadable
from adapters.audit.values import bounded

__all__ = ("Actor", "AuditEntry", "Origin", "decode_entry")

FORMAT: Final = 1
TEXT_MAX: Final = 128
"""Characters of an identifier; what is longer is cut, as it is the caller's word."""

USER_AGENT_MAX: Final = 120
OUTCOME_MAX: Final = 500
SALT_BYTES: Final = 16
SEAL_BYTES: Final = 32


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who did it: a user or a program (``subject``), by which roles, with which key ("": none).

    ``cli:<user of the computer>`` is whoever called a command line.
    """

    subject: str
    roles: tuple[str, ...] = ()
    key_id: str = ""


class Origin(Struct, frozen=True, omit_defaults=True):
    """Where from: the client's address and program, and the id of the request."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""


class AuditEntry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What somebody did, or was refused to do.

    ``action`` names the kind of thing and what was done to it, as ``policy.replace``; ``resource``
    and ``resource_id`` say to what. ``before`` and ``after`` are the part that has changed
    (redacted: adapters/privacy). ``outcome`` is empty where the journal tells it, else ``done``,
    ``denied`` or why not.
    """

    v: int = FORMAT
    actor: Actor
    action: str
    resource: str
    resource_id: str = ""
    origin: Origin = Origin()
    outcome: str = ""
    seal: bytes = b""
    salt: bytes = b""
    before: Any = None
    after: Any = None
    erased: bool = False
    """Whether before and after were erased since, on a customer's wish."""

    def to_bytes(self) -> bytes:
        """The bytes that stand in the stream: within limits, sealed, without any secret."""
        if self.seal:
            return _encoder.encode(self)
        before, after = bounded(self.before), bounded(self.after)
        salt = secrets.token_bytes(SALT_BYTES)
        sealed = structs.replace(
            self,
            actor=_cut_actor(self.actor),
            action=self.action[:TEXT_MAX],
            resource=self.resource[:TEXT_MAX],
            resource_id=self.resource_id[:TEXT_MAX],
            origin=_cut_origin(self.origin),
            outcome=self.outcome[:OUTCOME_MAX],
            salt=salt,
            seal=_seal(salt, before, after),
            before=before,
            after=after,
        )
        return _encoder.encode(sealed)

    @property
    def is_sound(self) -> bool:
        """Whether before and after are what was sealed, or were erased."""
        if self.erased:
            return not (self.salt or self.before or self.after)
        return secrets.compare_digest(self.seal, _seal(self.salt, self.before, self.after))

    @property
    def core(self) -> AuditEntry:
        """The entry as the chain covers it: with the seal, without what is sealed."""
        return structs.replace(self, salt=b"", before=None, after=None, erased=False)

    def without_content(self) -> AuditEntry:
        """The entry with before and after erased."""
        return structs.replace(self.core, erased=True)

    def to_builtins(self) -> dict[str, Any]:
        """The entry as plain values, for JSON."""
        told: dict[str, Any] = {
            "subject": self.actor.subject,
            "roles": list(self.actor.roles),
            "key_id": self.actor.key_id,
            "action": self.action,
            "resource": self.resource,
            "resource_id": self.resource_id,
            "address": self.origin.address,
            "user_agent": self.origin.user_agent,
            "request_id": self.origin.request_id,
            "before": self.before,
            "after": self.after,
            "erased": self.erased,
        }
        return told


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AuditEntry)
_canonical = msgspec.msgpack.Encoder(order="sorted")


def decode_entry(entry_id: str, data: bytes) -> AuditEntry:
    """An entry from its bytes. Raises :class:`AuditUnreadable`."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise AuditUnreadable(entry_id, str(error)) from error


def _seal(salt: bytes, before: Any, after: Any) -> bytes:
    return blake2b(_canonical.encode([before, after]), key=salt, digest_size=SEAL_BYTES).digest()


def _cut_actor(actor: Actor) -> Actor:
    roles = tuple(role[:TEXT_MAX] for role in actor.roles[:TEXT_MAX])
    return Actor(actor.subject[:TEXT_MAX], roles, actor.key_id[:TEXT_MAX])


def _cut_origin(origin: Origin) -> Origin:
    return Origin(
        origin.address[:TEXT_MAX],
        origin.user_agent[:USER_AGENT_MAX],
        origin.request_id[:TEXT_MAX],
    )
