"""The lease: a key with an expiry that says who leads. A hint for others, never a lock.

It only spares a live leader from being taken over needlessly. That two routers never both decide is
the journal's work; that two edges never both pass a command on, their script's.
"""

from __future__ import annotations

import os
import socket
import uuid
from typing import Final, NamedTuple

from adapters.redis.script import load_script
from adapters.redis.wire import Endpoint

__all__ = ("PATIENT_TERMS", "ROUTER_TERMS", "Lease", "Terms", "process_id")


class Terms(NamedTuple):
    """How long a lease lasts by itself, how often it is renewed, and how often others look."""

    lease_ms: int
    renew_s: float
    poll_s: float


ROUTER_TERMS: Final = Terms(lease_ms=600, renew_s=0.15, poll_s=0.05)
"""Short, so that offers flow again within a second of a leader's death; a leader may miss two
renewals in a row."""

PATIENT_TERMS: Final = Terms(lease_ms=5_000, renew_s=1.6, poll_s=0.25)
"""An edge may be held up for seconds by the functions that it calls, an archiver by its disk."""


def process_id() -> str:
    """A name for this process that no other has, and that tells people where it runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


class Lease:
    """One process' view of a leader's key. All methods may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, key: str, process_id: str, terms: Terms) -> None:
        self.process_id = process_id
        self.terms = terms
        self._key = key
        self._wire = endpoint.wire("lease")
        self._script = load_script("lease.lua")

    async def holder(self) -> str:
        """Who holds it; "" when nobody does."""
        return _text(await self._wire.call("GET", self._key))

    async def acquire(self) -> str | None:
        """Take the lease if nobody holds it; None when it is ours now, else its holder."""
        lease_ms = self.terms.lease_ms
        taken = await self._wire.call("SET", self._key, self.process_id, "NX", "PX", lease_ms)
        if taken is not None:
            return None
        holder = await self.holder()
        # it ran out just now: the next call gets it
        return holder if holder != self.process_id else None

    async def seize(self) -> str | None:
        """Take the lease from whoever holds it; returns the holder before, if there was one."""
        lease_ms = self.terms.lease_ms
        before = await self._wire.call("SET", self._key, self.process_id, "PX", lease_ms, "GET")
        return _text(before) or None

    async def renew(self) -> str | None:
        """Prolong the lease; None when it is ours, else the holder who has taken it from us."""
        return await self._pass_on(self.process_id)

    async def release(self) -> None:
        """Give the lease back, so that the next process need not wait for its expiry."""
        await self._pass_on("")

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _pass_on(self, holder: str) -> str | None:
        arguments = (self.process_id, holder, self.terms.lease_ms)
        return _text(await self._script.run(self._wire, (self._key,), arguments)) or None


def _text(reply: bytes | None) -> str:
    return "" if reply is None else reply.decode(errors="replace")
