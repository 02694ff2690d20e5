"""Who calls a command line that changes something, for the audit."""

from __future__ import annotations

import getpass
import socket
from typing import Any

import redis

from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.appending import append_alone
from adapters.redis.keys import Keys

__all__ = ("acting_entry", "audit_alone", "calling_user", "this_computer")


def calling_user() -> Actor:
    """The user of this computer."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Actor(f"cli:{name}")


def this_computer() -> Origin:
    """This computer, by its name."""
    return Origin(socket.gethostname(), "onequeue")


def acting_entry(
    action: str, resource: str, resource_id: str = "", *, before: Any = None, after: Any = None
) -> AuditEntry:
    """An entry that says that the user of this computer does something."""
    return AuditEntry(
        actor=calling_user(),
        action=action,
        resource=resource,
        resource_id=resource_id,
        origin=this_computer(),
        before=before,
        after=after,
    )


def audit_alone(client: redis.Redis, keys: Keys, entry: AuditEntry) -> None:
    """Add an entry for what no command of inbound did. Raises redis' own errors."""
    client.execute_command(*append_alone(keys, entry.to_bytes()))  # type: ignore[no-untyped-call]  # not annotated
