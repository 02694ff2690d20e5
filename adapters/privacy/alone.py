"""Being the only one who erases: one erasure of a tenant at a time, and no other writer to its
directories."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from adapters.archive.errors import ArchiveUnusable
from adapters.archive.lock import locked
from adapters.process.turns import until_lost
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint
from router.errors import CallerError, StoreUnavailable

__all__ = ("ErasureRuns", "alone_in", "only_erasure")

LOCK_WAIT_S: Final = 15.0
LEASE_WAIT_S: Final = PATIENT_TERMS.lease_ms / 1_000 + 1
"""Longer than the lease of an erasure lasts that was killed."""

SCAN_COUNT: Final = 500


class ErasureRuns(CallerError):
    """Somebody else erases a customer of this tenant just now."""


@asynccontextmanager
async def only_erasure(endpoint: Endpoint, keys: Keys) -> AsyncIterator[str]:
    """Have the tenant's lease of erasures; gives who we are, for the scripts that ask for it.

    Copies that an erasure before us has left half-made are dropped, also those of one that has lost
    its lease and goes on: it must not replace what we have rewritten. Raises :class:`ErasureRuns`.
    """
    lease = Lease(endpoint, keys.forgetting, process_id(), PATIENT_TERMS)
    keeping = None
    try:
        await _taken(lease)
        keeping = asyncio.create_task(until_lost(lease))
        await _drop_copies(endpoint, keys)
        yield lease.process_id
    finally:
        await _given_back(lease, keeping)


async def _taken(lease: Lease) -> None:
    give_up_s = time.monotonic() + LEASE_WAIT_S
    while (holder := await lease.acquire()) is not None:
        if time.monotonic() >= give_up_s:
            raise ErasureRuns(f"{holder} erases a customer of this tenant: try again afterwards")
        await asyncio.sleep(lease.terms.poll_s)


async def _drop_copies(endpoint: Endpoint, keys: Keys) -> None:
    wire = endpoint.wire("forget-copies")
    try:
        await wire.call("EXISTS", keys.forgetting)  # of a cluster, it leads to the tenant's node
        cursor = b"0"
        while True:
            pattern = keys.rewriting("*")
            cursor, page = await wire.call("SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT)
            if page:
                await wire.call("UNLINK", *page)
            if cursor == b"0":
                return
    finally:
        await wire.close()


@asynccontextmanager
async def alone_in(endpoint: Endpoint, directory: Path, key: str) -> AsyncIterator[None]:
    """Have a directory to ourselves: whoever writes to it gives way, and goes on afterwards."""
    lease = Lease(endpoint, key, process_id(), PATIENT_TERMS)
    keeping = None
    try:
        await lease.seize()
        keeping = asyncio.create_task(_keep(lease))
        async with _locked(directory):
            yield
    finally:
        await _given_back(lease, keeping)


async def _given_back(lease: Lease, keeping: asyncio.Task[None] | None) -> None:
    if keeping is not None:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    with suppress(StoreUnavailable):
        await lease.release()
    await lease.close()


async def _keep(lease: Lease) -> None:
    while True:
        await asyncio.sleep(lease.terms.renew_s)
        with suppress(StoreUnavailable):
            if await lease.renew() is not None:
                await lease.seize()


@asynccontextmanager
async def _locked(directory: Path) -> AsyncIterator[None]:
    give_up_s = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            lock = locked(directory)
            lock.__enter__()
            break
        except ArchiveUnusable:
            if time.monotonic() >= give_up_s:
                raise
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
