"""The tail of a journal: where it stands after a record, and what the next one must follow."""

from __future__ import annotations

from typing import NamedTuple

from router.events import LeaderStarted
from router.record import GENESIS, NO_POSITION, Record, record_hash, record_size

__all__ = ("Tail",)


class Tail(NamedTuple):
    """Where the journal stands after a record: what the next one must follow.

    ``journal_bytes`` are those of all records that there have ever been, trimmed or not.
    """

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
            self.journal_bytes + record_size(data),
            epoch,
            is_takeover,
        )
