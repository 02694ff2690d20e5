"""The lease: a key with an expiry that says who leads. A hint for others, never a lock.

It only spares a live leader from being taken over needlessly. That two routers never both decide is
the journal's work; that two edges never both pass a command on, their script's.
"""

from __future__ import annotations

import os
import socket
import uuid
from typing import Final

from adapters.redis.wire import Endpoint

__all__ = ("LEASE_MS", "LEASE_POLL_S", "Lease", "process_id")

LEASE_MS: Final = 5_000
"""How long a leader that died silently keeps others waiting."""

LEASE_POLL_S: Final = 0.25
"""How often whoever waits for the lease asks for it."""


def process_id() -> str:
    """A name for this process that no other has, and that tells people where it runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


class Lease:
    """One process' view of a leader's key. All methods may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, key: str, process_id: str) -> None:
        self._key = key
        self._wire = endpoint.wire("lease")
        self._process_id = process_id

    async def acquire(self) -> str | None:
        """Take the lease if nobody holds it; None when it is ours now, else its holder."""
        taken = await self._wire.call("SET", self._key, self._process_id, "NX", "PX", LEASE_MS)
        if taken is not None:
            return None
        holder = await self._holder()
        # it ran out just now: the next call gets it
        return holder if holder != self._process_id else None

    async def seize(self) -> str | None:
        """Take the lease from whoever holds it; returns the holder before, if there was one."""
        before = await self._wire.call("SET", self._key, self._process_id, "PX", LEASE_MS, "GET")
        return None if before is None else before.decode(errors="replace")

    async def renew(self) -> str | None:
        """Prolong the lease; None when it is ours, else the holder who has taken it from us."""
        holder = await self._holder()
        if holder not in {"", self._process_id}:
            return holder
        await self._wire.call("SET", self._key, self._process_id, "PX", LEASE_MS)
        return None

    async def release(self) -> None:
        """Give the lease back, so that the next process need not wait for its expiry."""
        if await self._holder() == self._process_id:
            await self._wire.call("DEL", self._key)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _holder(self) -> str:
        holder = await self._wire.call("GET", self._key)
        return "" if holder is None else holder.decode(errors="replace")
