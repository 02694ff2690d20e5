"""States that an archive keeps: copies of snapshots, so that a look at a past day need not begin
with the first record there ever was.

They are no part of the history: whatever is missing, torn or dropped is made up for by reading
more of it. One stands in one file, named after the time and the record that it holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from adapters.archive.durable import replacing
from adapters.redis.stream_ids import StreamId
from router.errors import BadSnapshot
from router.snapshot.chunks import Packing, pages_of
from router.snapshot.manifest import (
    FORMAT,
    Manifest,
    checksum,
    decode_manifest,
    encode_manifest,
)
from router.snapshot.reading import Reading
from router.state import State
from router.tail import Tail

__all__ = (
    "STATE_EVERY_MS",
    "Filling",
    "KeptState",
    "drop_states",
    "keep_state",
    "kept_states",
    "packed",
)

FOLDER: Final = "states"
NAME: Final = re.compile(r"(\d+)_(\d+-\d+)\.state")

STATE_EVERY_MS: Final = 3_600_000
"""One is kept for each hour: an hour of a busy center is folded in a second or two."""

HOURLY_MS: Final = 7 * 86_400_000
"""Of what is older than a week before the newest, one is kept for each day."""

DAY_MS: Final = 86_400_000


class _File(Struct, array_like=True):
    """What stands in a file: a manifest, and its chunks."""

    manifest: bytes
    chunks: list[bytes]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_File)


class KeptState(NamedTuple):
    """One that is kept: at which time of the journal, after which record."""

    path: Path
    now_ms: int
    record_id: str

    def load(self) -> tuple[Manifest, State]:
        """What it holds. Raises :class:`BadSnapshot`, also where it is not there any more."""
        try:
            found = _decoder.decode(self.path.read_bytes())
        except (OSError, msgspec.MsgspecError) as error:
            raise BadSnapshot(self.record_id, f"{self.path} cannot be read: {error}") from error
        manifest = decode_manifest(self.record_id, found.manifest)
        if len(manifest.checksums) != len(found.chunks):
            raise BadSnapshot(self.record_id, f"{self.path} has not all its chunks")
        reading = Reading(manifest)
        for chunk in found.chunks:
            reading.take(chunk)
        return manifest, reading.state()


def kept_states(directory: Path) -> list[KeptState]:
    """All that an archive keeps, the newest first. Nothing of them is read but their names."""
    found = [
        KeptState(path, int(match[1]), match[2])
        for path in (directory / FOLDER).glob("*.state")
        if (match := NAME.fullmatch(path.name))
    ]
    return sorted(found, key=lambda one: StreamId.parse(one.record_id), reverse=True)


def keep_state(directory: Path, manifest: Manifest, chunks: Sequence[bytes]) -> None:
    """Keep one more, and drop what is too many by now. Raises ``OSError``."""
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    with replacing(folder / f"{manifest.now_ms}_{manifest.record_id}.state") as file:
        file.write(_encoder.encode(_File(encode_manifest(manifest), list(chunks))))
    for one in _too_many(kept_states(directory)):
        one.path.unlink(missing_ok=True)


def packed(state: State, tail: Tail, record_id: str, release: str) -> tuple[Manifest, list[bytes]]:
    """A state as a snapshot has it. It must stay as it is meanwhile."""
    rows: Counter[str] = Counter()
    chunks = list(_chunks(state, rows))
    manifest = Manifest(
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
        checksums=[checksum(chunk) for chunk in chunks],
        stored_bytes=sum(map(len, chunks)),
    )
    return manifest, chunks


def _chunks(state: State, rows: Counter[str]) -> Iterator[bytes]:
    packing = Packing()
    for table, count, page in pages_of(state):
        rows[table] += count
        chunk = packing.add(page)
        if chunk is not None:
            yield chunk
    last = packing.end()
    if last is not None:
        yield last


class Filling:
    """Keeps the states that an archive lacks, while its history is folded: of each hour of the week
    before ``end_ms``, of each day before that. ``kept`` counts them."""

    def __init__(self, directory: Path, release: str, end_ms: int) -> None:
        self._directory = directory
        self._release = release
        self._hourly_from_ms = end_ms - HOURLY_MS
        self._times_ms = sorted(one.now_ms for one in kept_states(directory))
        self._last_ms = 0
        self.kept = 0

    def take(self, record_id: str, tail: Tail, state: State) -> None:
        """The state after the next record. Raises ``OSError``."""
        self._last_ms = self._last_ms or tail.now_ms
        while self._times_ms and self._times_ms[0] <= tail.now_ms:
            self._last_ms = self._times_ms.pop(0)
        every_ms = STATE_EVERY_MS if tail.now_ms >= self._hourly_from_ms else DAY_MS
        if tail.now_ms - self._last_ms < every_ms:
            return
        keep_state(self._directory, *packed(state, tail, record_id, self._release))
        self._last_ms = tail.now_ms
        self.kept += 1


def drop_states(directory: Path) -> int:
    """Drop all that an archive keeps; how many there were."""
    found = kept_states(directory)
    for one in found:
        one.path.unlink(missing_ok=True)
    return len(found)


def _too_many(kept: Sequence[KeptState]) -> list[KeptState]:
    """Of each day that is long past, all but the first."""
    days: dict[int, KeptState] = {}
    old = [one for one in kept if one.now_ms < kept[0].now_ms - HOURLY_MS]
    for one in old:
        days[one.now_ms // DAY_MS] = one
    first = set(days.values())
    return [one for one in old if one not in first]
