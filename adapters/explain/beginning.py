"""Where a fold may begin: at a snapshot, instead of the first record that there ever was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import redis

from adapters.archive.mark import links_of
from adapters.history import History
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.engine import Engine
from router.errors import BadSnapshot, CorruptJournal, StoreUnavailable
from router.recovery import restore
from router.snapshot.manifest import Manifest, decode_manifest
from router.tail import Tail

__all__ = ("Beginning", "newest_beginning")


class Beginning(NamedTuple):
    """An engine that holds all records up to one, and where the journal stood after it."""

    engine: Engine
    tail: Tail
    record_id: str


def newest_beginning(
    url: str, history: History, serves: Callable[[Manifest], bool]
) -> Beginning | None:
    """The state of the newest snapshot that serves, and that the history goes on from; None where
    there is none: then the fold begins with the first record."""
    return asyncio.run(_newest(url, history, serves))


async def _newest(
    url: str, history: History, serves: Callable[[Manifest], bool]
) -> Beginning | None:
    snapshots = RedisSnapshots(Endpoint(url), Keys(history.tenant))
    try:
        for record_id, data in await snapshots.manifests():
            try:
                manifest = decode_manifest(record_id, data)
                if serves(manifest) and _goes_on(history, manifest):
                    engine = Engine()
                    await restore(engine, snapshots, manifest)
                    return Beginning(engine, manifest.tail, record_id)
            except BadSnapshot:
                continue
    except StoreUnavailable:
        return None  # whoever reads the history will say so
    finally:
        await snapshots.close()
    return None


def _goes_on(history: History, manifest: Manifest) -> bool:
    """Whether the record behind a snapshot follows it."""
    following = next(history.records(manifest.record_id), None)
    try:
        return following is None or links_of(*following).prev == manifest.hash
    except (CorruptJournal, redis.RedisError):
        return False
