"""Recovery: an engine's state from the newest snapshot that is good, and the records after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from router.engine import Engine
from router.errors import BadSnapshot, CorruptJournal, InvariantError, JournalTrimmed
from router.ports import Observer, Records, Snapshots
from router.record import FORMAT, GENESIS, Record, decode_record, record_hash
from router.snapshot.manifest import Manifest, decode_manifest, place_of
from router.snapshot.store import load_state
from router.state import State
from router.tail import Tail

__all__ = (
    "BREATH_BYTES",
    "Recovered",
    "Tail",
    "follow",
    "recover",
    "replay",
    "require_own_takeover",
    "restore",
)

RECORDS_A_BREATH: Final = 16
BREATH_BYTES: Final = 32_768
"""Records, or bytes of them, that are folded before other tasks (the lease, other tenants) get
their turn: a few milliseconds."""

LSN_MAX: Final = 2**64 - 1


class Recovered(NamedTuple):
    """An engine, where the journal stands, and the last record that both hold ("": none).

    The engine has to be told to ``touch_everything`` before it decides.
    """

    engine: Engine
    tail: Tail
    last_id: str


async def recover(
    journal: Records,
    snapshots: Snapshots | None,
    observer: Observer,
    engine: Callable[[], Engine] = Engine,
) -> Recovered:
    """The state of the journal's last record: from the newest snapshot that can be used, else an
    older one, else the journal's first record.

    Raises :class:`CorruptJournal` for a record that cannot be read or does not follow (as
    :class:`JournalTrimmed` when the first records are gone and no snapshot is in their place), and
    :class:`StoreUnavailable`.
    """
    if snapshots is None:
        return await replay(journal, Recovered(engine(), Tail(), ""), observer)
    manifests = await snapshots.manifests()
    while True:
        try:
            return await _recovered(journal, snapshots, manifests, observer, engine)
        except JournalTrimmed:
            # since we looked, one may have been written and the journal trimmed up to it
            newer = await snapshots.manifests()
            if newer == manifests:
                raise
            manifests = newer


async def _recovered(
    journal: Records,
    snapshots: Snapshots,
    manifests: Sequence[tuple[str, bytes]],
    observer: Observer,
    engine: Callable[[], Engine],
) -> Recovered:
    corrupt: CorruptJournal | None = None
    for record_id, data in manifests:
        try:
            manifest = decode_manifest(record_id, data)
            return await _from_snapshot(journal, snapshots, manifest, observer, engine())
        except CorruptJournal as error:
            corrupt = error
            reason = f"what comes after it does not follow: {error}"
            observer.snapshot_refused(record_id, reason)
        except BadSnapshot as error:
            observer.snapshot_refused(record_id, error.detail)
    try:
        return await replay(journal, Recovered(engine(), Tail(), ""), observer)
    except JournalTrimmed as error:
        raise corrupt or error  # noqa: B904  # the first is not caused by the second


async def replay(journal: Records, begin: Recovered, observer: Observer) -> Recovered:
    """Fold every record that comes after those that an engine holds.

    Raises as :func:`recover`; the engine must be thrown away then.
    """
    engine, tail, last_id = begin
    count = folded_bytes = 0
    async for record_id, data in journal.records(last_id):
        record = follow(engine, tail, record_id, data)
        tail, last_id = tail.after(record, data), record_id
        observer.replayed(record, len(data))
        count += 1
        folded_bytes += len(data)
        if count >= RECORDS_A_BREATH or folded_bytes >= BREATH_BYTES:
            count = folded_bytes = 0
            await asyncio.sleep(0)
    return Recovered(engine, tail, last_id)


def follow(engine: Engine, tail: Tail, record_id: str, data: bytes) -> Record:
    """Fold one record into an engine that holds those up to this tail.

    Raises :class:`CorruptJournal` when it cannot be read or does not follow.
    """
    record = _read(record_id, data, tail)
    try:
        engine.follow(record.events, record.now_ms)
    except (InvariantError, KeyError, ValueError) as error:
        detail = f"its events do not follow from the state: {error}"
        raise CorruptJournal(record_id, detail) from error
    return record


async def restore(engine: Engine, snapshots: Snapshots, manifest: Manifest) -> State:
    """Have a new engine go on from a snapshot, whose state is returned.

    Raises :class:`BadSnapshot`; the engine must be thrown away then.
    """
    state = await load_state(snapshots, manifest)
    try:
        for _ in engine.restore(state):
            await asyncio.sleep(0)
    except (InvariantError, KeyError, ValueError) as error:
        detail = f"what it holds contradicts itself: {error}"
        raise BadSnapshot(manifest.record_id, detail) from error
    return state


def require_own_takeover(tail: Tail, epoch: int) -> None:
    """Check that a replay ended with the record by which we took the lead."""
    if not (tail.is_takeover and tail.epoch == epoch):
        detail = "the journal does not end with the record by which we took the lead"
        raise CorruptJournal(f"{epoch}-0", detail)


async def _from_snapshot(
    journal: Records, snapshots: Snapshots, manifest: Manifest, observer: Observer, engine: Engine
) -> Recovered:
    await _require_fit(journal, manifest)
    state = await restore(engine, snapshots, manifest)
    observer.restored(manifest.record_id, state, manifest.journal_bytes)
    return await replay(journal, Recovered(engine, manifest.tail, manifest.record_id), observer)


async def _require_fit(journal: Records, manifest: Manifest) -> None:
    """Check that the journal holds the record of a snapshot, or goes on right behind it."""
    record_id = manifest.record_id
    async for found_id, data in journal.records(_before(record_id)):
        if found_id == record_id:
            if record_hash(data) != manifest.hash:
                raise BadSnapshot(record_id, "the journal has another record of that id")
        elif _decoded(found_id, data).prev != manifest.hash:
            detail = f"{found_id}, the first record behind it in the journal, does not follow"
            raise BadSnapshot(record_id, detail)
        return
    raise BadSnapshot(record_id, "the journal ends before it")


def _before(record_id: str) -> str:
    """The highest id below that of a record."""
    epoch, lsn = place_of(record_id)
    return f"{epoch}-{lsn - 1}" if lsn else f"{epoch - 1}-{LSN_MAX}"


def _read(record_id: str, data: bytes, tail: Tail) -> Record:
    record = _decoded(record_id, data)
    if record.prev != tail.hash:
        if tail.hash == GENESIS:
            raise JournalTrimmed(record_id)
        raise CorruptJournal(record_id, "its prev is not the hash of the record before it")
    if record.now_ms < tail.now_ms:
        raise CorruptJournal(record_id, "its time is lower than that of the record before it")
    return record


def _decoded(record_id: str, data: bytes) -> Record:
    try:
        record = decode_record(data)
    except msgspec.MsgspecError as error:
        raise CorruptJournal(record_id, str(error)) from error
    if record.v != FORMAT:
        detail = f"its format is {record.v}; this release reads {FORMAT}"
        raise CorruptJournal(record_id, detail)
    return record
