"""Snapshots written to where they are kept, and read from there."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

from router.errors import BadSnapshot, StoreUnavailable
from router.ports import Snapshots
from router.snapshot.chunks import Packing, pages_of
from router.snapshot.manifest import FORMAT, Manifest, checksum, encode_manifest
from router.snapshot.reading import Reading
from router.state import State
from router.tail import Tail

__all__ = ("KEPT", "load_state", "save_state", "verify")

KEPT: Final = 2
"""Snapshots that are kept: should the newest not be readable, there is one more."""


async def save_state(
    snapshots: Snapshots, state: State, tail: Tail, record_id: str, release: str
) -> Manifest | None:
    """Write a snapshot, read it back, and only then let it count; older ones are dropped.

    The state must stay as it is meanwhile; other tasks get their turn every few milliseconds. None
    when there is one of this record already. Raises :class:`BadSnapshot` when what was written is
    not what is read, or somebody has dropped it meanwhile, and :class:`StoreUnavailable`.
    """
    if not await snapshots.begin(record_id):
        return None
    try:
        manifest = await _written(snapshots, state, tail, record_id, release)
        await verify(snapshots, manifest)
        if not await snapshots.publish(record_id, encode_manifest(manifest)):
            raise BadSnapshot(record_id, "a newer one has taken its place while it was written")
    except (BadSnapshot, StoreUnavailable):
        with suppress(StoreUnavailable):  # the next one drops it
            await snapshots.discard(record_id)
        raise
    await snapshots.keep(KEPT)
    return manifest


async def load_state(snapshots: Snapshots, manifest: Manifest) -> State:
    """The state that a snapshot holds.

    Raises :class:`BadSnapshot` and :class:`StoreUnavailable`.
    """
    reading = Reading(manifest)
    for number in range(len(manifest.checksums)):
        for _ in reading.pages(await snapshots.chunk(manifest.record_id, number)):
            await asyncio.sleep(0)
    return reading.state()


async def verify(snapshots: Snapshots, manifest: Manifest) -> None:
    """Read a snapshot to its end, and keep nothing of it. Raises as :func:`load_state`."""
    reading = Reading(manifest, keeps=False)
    for number in range(len(manifest.checksums)):
        reading.take(await snapshots.chunk(manifest.record_id, number))
    reading.state()


async def _written(
    snapshots: Snapshots, state: State, tail: Tail, record_id: str, release: str
) -> Manifest:
    packing = Packing()
    rows: Counter[str] = Counter()
    checksums: list[bytes] = []
    stored_bytes = 0

    async def put(chunk: bytes | None) -> None:
        nonlocal stored_bytes
        if chunk is None:
            await asyncio.sleep(0)
            return
        await snapshots.put(record_id, len(checksums), chunk)
        checksums.append(checksum(chunk))
        stored_bytes += len(chunk)

    for table, count, page in pages_of(state):
        rows[table] += count
        await put(packing.add(page))
    await put(packing.end())
    return Manifest(
        v=FORMAT,
        release=release,
        record_id=record_id,
        hash=tail.hash,
        now_ms=tail.now_ms,
        position=tail.position,
        journal_bytes=tail.journal_bytes,
        epoch=tail.epoch,
        is_takeover=tail.is_takeover,
        rows=dict(rows),
        checksums=checksums,
        stored_bytes=stored_bytes,
    )
