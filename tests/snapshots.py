"""Snapshots for tests: copies of states by way of their bytes, and a store in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from router.engine import Engine
from router.events import Event
from router.record import FORMAT, GENESIS, Record, encode_record, record_hash
from router.snapshot.chunks import Packing, pages_of
from router.snapshot.manifest import FORMAT as SNAPSHOT_FORMAT
from router.snapshot.manifest import Manifest, checksum
from router.snapshot.reading import Reading
from router.state import State
from router.tail import Tail

__all__ = ("Chain", "Shelf", "chunks_of", "copied", "manifest_of", "restored")

NO_TAIL = Tail()


def chunks_of(state: State) -> list[bytes]:
    """The chunks of a state."""
    packing = Packing()
    chunks = [packing.add(page) for _, _, page in pages_of(state)]
    return [chunk for chunk in (*chunks, packing.end()) if chunk is not None]


def manifest_of(state: State, tail: Tail = NO_TAIL, record_id: str = "1-0") -> Manifest:
    """The manifest of a snapshot of this state."""
    rows: dict[str, int] = {}
    for table, count, _ in pages_of(state):
        rows[table] = rows.get(table, 0) + count
    chunks = chunks_of(state)
    return Manifest(
        v=SNAPSHOT_FORMAT,
        release="0",
        record_id=record_id,
        hash=tail.hash,
        now_ms=tail.now_ms,
        position=tail.position,
        journal_bytes=tail.journal_bytes,
        epoch=tail.epoch,
        is_takeover=tail.is_takeover,
        rows=rows,
        checksums=[checksum(chunk) for chunk in chunks],
        stored_bytes=sum(map(len, chunks)),
    )


def copied(state: State) -> State:
    """A state as a snapshot of it tells it."""
    reading = Reading(manifest_of(state))
    for chunk in chunks_of(state):
        reading.take(chunk)
    return reading.state()


def restored(state: State, policy_at_once_max: int) -> Engine:
    """An engine that goes on from a snapshot of this state."""
    engine = Engine(policy_at_once_max=policy_at_once_max)
    for _ in engine.restore(copied(state)):
        pass
    return engine


class Chain:
    """A journal in memory, as recovery reads it; ``first`` says how many records were trimmed."""

    def __init__(self) -> None:
        self.records_: list[tuple[str, bytes]] = []
        self.tails: list[Tail] = []
        self.first = 0

    def add(self, events: Sequence[Event], now_ms: int, epoch: int = 1) -> str:
        """Add a record with these events; its id."""
        tail = self.tails[-1] if self.tails else Tail()
        record = Record(
            v=FORMAT,
            now_ms=now_ms,
            position="0-0",
            consumed=0,
            prev=tail.hash if self.tails else GENESIS,
            events=list(events),
        )
        data = encode_record(record)
        record_id = f"{epoch}-{len(self.records_)}"
        self.records_.append((record_id, data))
        self.tails.append(tail.after(record, data))
        assert self.tails[-1].hash == record_hash(data)
        return record_id

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """What is left, after this id."""
        for record_id, data in self.records_[self.first :]:
            if not after or _place(record_id) > _place(after):
                yield record_id, data


class Shelf:
    """Snapshots in memory."""

    def __init__(self) -> None:
        self.published: dict[str, bytes] = {}
        self.chunks: dict[tuple[str, int], bytes] = {}

    async def manifests(self) -> Sequence[tuple[str, bytes]]:
        return sorted(self.published.items(), key=lambda item: _place(item[0]), reverse=True)

    async def chunk(self, record_id: str, number: int) -> bytes | None:
        return self.chunks.get((record_id, number))

    async def begin(self, record_id: str) -> bool:
        return record_id not in self.published

    async def put(self, record_id: str, number: int, chunk: bytes) -> None:
        self.chunks[record_id, number] = chunk

    async def publish(self, record_id: str, manifest: bytes) -> bool:
        self.published[record_id] = manifest
        return True

    async def discard(self, record_id: str) -> None:
        self.published.pop(record_id, None)
        self.chunks = {key: data for key, data in self.chunks.items() if key[0] != record_id}

    async def keep(self, newest: int) -> None:
        for record_id, _ in (await self.manifests())[newest:]:
            await self.discard(record_id)


def _place(record_id: str) -> tuple[int, int]:
    epoch, _, lsn = record_id.partition("-")
    return int(epoch), int(lsn)
