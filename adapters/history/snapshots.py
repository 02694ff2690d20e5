"""The states that are kept of a tenant's past: an archive's, and the snapshots of a server.

A state saves reading what was before it. One that is torn, newer than this release, or of another
history than is read is passed over: the one before it, or the first record, takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias, cast

import redis

from adapters.archive import KeptState
from adapters.redis.keys import Keys
from router.errors import BadSnapshot
from router.snapshot.manifest import Manifest, decode_manifest
from router.snapshot.reading import Reading
from router.state import State

__all__ = ("Load", "Stood", "newest_first")


class Stood(NamedTuple):
    """A state, and the record up to which it holds everything."""

    manifest: Manifest
    state: State


Load: TypeAlias = Callable[[], Stood]
"""Reads a state. Raises :class:`BadSnapshot`."""


def newest_first(
    client: redis.Redis | None, tenant: str, kept: Sequence[KeptState], before_ms: int
) -> Iterator[Load]:
    """All that stood before a time, as they are to be tried. Raises redis' own errors."""
    found: list[tuple[int, Load]] = [
        (one.now_ms, lambda one=one: Stood(*one.load()))  # type: ignore[misc]  # bound as it is now
        for one in kept
    ]
    if client is not None:
        found += _on_server(client, Keys(tenant))
    for now_ms, load in sorted(found, key=lambda one: one[0], reverse=True):
        if now_ms < before_ms:
            yield load


def _on_server(client: redis.Redis, keys: Keys) -> Iterator[tuple[int, Load]]:
    manifests = cast("dict[bytes, bytes]", client.hgetall(keys.snapshots))
    for name, data in manifests.items():
        with suppress(BadSnapshot):  # not published yet, or of a later release
            manifest = decode_manifest(name.decode(), data)
            yield manifest.now_ms, _loading(client, keys, manifest)


def _loading(client: redis.Redis, keys: Keys, manifest: Manifest) -> Load:
    def load() -> Stood:
        reading = Reading(manifest)
        for number in range(len(manifest.checksums)):
            chunk = client.get(keys.chunk(manifest.record_id, number))
            reading.take(cast("bytes | None", chunk))
        return Stood(manifest, reading.state())

    return load
