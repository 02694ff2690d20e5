"""Recovery: an engine's state, folded from the journal, and where the journal stands."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

import msgspec

from router.engine import Engine
from router.errors import CorruptJournal, InvariantError
from router.events import LeaderStarted
from router.ports import Journal, Observer
from router.record import FORMAT, GENESIS, NO_POSITION, Record, decode_record, record_hash

__all__ = ("Tail", "replay", "require_own_takeover")

RECORDS_A_BREATH: Final = 64
"""Records that are folded before other tasks (the lease) get their turn."""


class Tail(NamedTuple):
    """Where the journal stands after a record: what the next one must follow."""

    hash: bytes = GENESIS
    now_ms: int = 0
    position: str = NO_POSITION
    journal_bytes: int = 0
    epoch: int = 0
    """Of the last ``leader_started``."""

    is_takeover: bool = False

    def after(self, record: Record, data: bytes) -> Tail:
        """The tail when this record has been added."""
        epoch, is_takeover = self.epoch, False
        for event in record.events:
            if type(event) is LeaderStarted:
                epoch, is_takeover = event.epoch, True
        return Tail(
            record_hash(data),
            record.now_ms,
            record.position,
            self.journal_bytes + len(data),
            epoch,
            is_takeover,
        )


async def replay(journal: Journal, engine: Engine, observer: Observer) -> Tail:
    """Fold every record into an empty engine.

    Raises :class:`CorruptJournal` for a record that cannot be read or does not follow, and
    :class:`StoreUnavailable`, after which the engine must be thrown away.
    """
    tail = Tail()
    count = 0
    async for record_id, data in journal.records():
        record = _read(record_id, data, tail)
        _fold(engine, record_id, record)
        tail = tail.after(record, data)
        observer.replayed(record, len(data))
        count += 1
        if count % RECORDS_A_BREATH == 0:
            await asyncio.sleep(0)
    return tail


def require_own_takeover(tail: Tail, epoch: int) -> None:
    """Check that a replay ended with the record by which we took the lead."""
    if not (tail.is_takeover and tail.epoch == epoch):
        detail = "the journal does not end with the record by which we took the lead"
        raise CorruptJournal(f"{epoch}-0", detail)


def _read(record_id: str, data: bytes, tail: Tail) -> Record:
    try:
        record = decode_record(data)
    except msgspec.MsgspecError as error:
        raise CorruptJournal(record_id, str(error)) from error
    if record.v != FORMAT:
        detail = f"its format is {record.v}; this release reads {FORMAT}"
        raise CorruptJournal(record_id, detail)
    if record.prev != tail.hash:
        raise CorruptJournal(record_id, "its prev is not the hash of the record before it")
    if record.now_ms < tail.now_ms:
        raise CorruptJournal(record_id, "its time is lower than that of the record before it")
    return record


def _fold(engine: Engine, record_id: str, record: Record) -> None:
    for event in record.events:
        try:
            engine.apply(event, record.now_ms)
        except (InvariantError, KeyError, ValueError) as error:
            kind = event.__struct_config__.tag
            detail = f"{kind} does not follow from the state: {error}"
            raise CorruptJournal(record_id, detail) from error
