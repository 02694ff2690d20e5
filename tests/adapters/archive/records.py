"""Records that follow one another, without an engine: what an archive has to do with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from router.events import LeaderStarted
from router.record import GENESIS, NO_POSITION, Record, encode_record, record_hash

__all__ = ("Entry", "chain", "write")

Entry = tuple[str, bytes]
START_MS = 1_700_000_000_000


def chain(
    count: int, *, after: Entry | None = None, epoch: int = 1, first_lsn: int = 0, size: int = 200
) -> list[Entry]:
    """So many records of an epoch, a second apart, each of about that size."""
    made: list[Entry] = []
    prev = GENESIS if after is None else record_hash(after[1])
    for lsn in range(first_lsn, first_lsn + count):
        started = LeaderStarted(epoch=epoch, router_id=f"{lsn} " * (size // 4), release="1")
        record = Record(
            v=1,
            now_ms=START_MS + 1_000 * (1_000 * (epoch - 1) + lsn),
            position=NO_POSITION,
            consumed=0,
            prev=prev,
            events=[started],
        )
        made.append((f"{epoch}-{lsn}", encode_record(record)))
        prev = record_hash(made[-1][1])
    return made


def write(client: Any, key: str, records: Iterable[Entry]) -> None:
    """Add them to a journal."""
    pipeline = client.pipeline(transaction=False)
    for record_id, data in records:
        pipeline.xadd(key, {"r": data}, id=record_id)
    pipeline.execute()
