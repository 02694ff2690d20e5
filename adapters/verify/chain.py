"""The chain of records: ids, leaders, hashes, time and inbound position."""

from __future__ import annotations

from typing import Final

from adapters.verify.findings import Findings
from adapters.verify.wire import (
    GENESIS,
    NO_POSITION,
    RecordFields,
    Unreadable,
    is_redacted,
    record_hash,
    split_id,
)

__all__ = ("RecordChain",)

FORMAT: Final = 1
COMMANDS_MAX: Final = 256
OFFERS_MAX: Final = 1_024


class RecordChain:
    """What the next record must follow from."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._last: tuple[int, int] | None = None
        self._hash = GENESIS
        self._now_ms = 0
        self._position = split_id(NO_POSITION)

    def check(self, record_id: str, data: bytes, record: RecordFields | None) -> None:
        """Check a record against the one before it, and take its place.

        ``record`` is None when its bytes could not be read (which its caller reports).
        """
        self._findings.facts["records"] += 1
        self._findings.redacted += is_redacted(data)
        place = self._check_id(record_id)
        if record is not None:
            self._check_hash(record)
            self._check_leader(record, place)
            self._check_time(record)
            self._check_position(record)
            self._check_limits(record)
        self._hash = record_hash(data)

    def _check_id(self, record_id: str) -> tuple[int, int] | None:
        try:
            place = split_id(record_id)
        except Unreadable as error:
            self._findings.add("record_id", str(error))
            return None
        last, self._last = self._last, place
        epoch, lsn = place
        if last is None:
            if lsn != 0:
                self._findings.add("record_id", "the journal does not begin with the first record")
        elif epoch < last[0] or (epoch > last[0] and lsn != 0):
            message = f"follows {last[0]}-{last[1]}: a later epoch must begin with lsn 0"
            self._findings.add("record_id", message)
        elif epoch == last[0] and lsn != last[1] + 1:
            message = f"follows {last[0]}-{last[1]}: expected {epoch}-{last[1] + 1}"
            self._findings.add("record_id", message)
        return place

    def _check_hash(self, record: RecordFields) -> None:
        if record.v != FORMAT:
            self._findings.add("record_format", f"format {record.v}; this checker knows {FORMAT}")
        if record.prev != self._hash:
            message = f"prev is {record.prev.hex()}, the record before it has {self._hash.hex()}"
            self._findings.add("record_chain", message)

    def _check_leader(self, record: RecordFields, place: tuple[int, int] | None) -> None:
        if place is None:
            return
        epoch, lsn = place
        kinds = [e.get("type") if isinstance(e, dict) else None for e in record.events]
        if lsn != 0:
            if "leader_started" in kinds:
                self._findings.add("record_leader", "leader_started within an epoch")
        elif kinds != ["leader_started"]:
            message = f"epoch {epoch} begins with {kinds[:3]}, not with leader_started alone"
            self._findings.add("record_leader", message)
        elif record.events[0].get("epoch") != epoch:
            message = f"leader_started names epoch {record.events[0].get('epoch')}, not {epoch}"
            self._findings.add("record_leader", message)

    def _check_time(self, record: RecordFields) -> None:
        if record.now_ms < self._now_ms:
            message = f"time {record.now_ms} after {self._now_ms}"
            self._findings.add("record_time", message)
        self._now_ms = max(self._now_ms, record.now_ms)

    def _check_position(self, record: RecordFields) -> None:
        try:
            position = split_id(record.position)
        except Unreadable as error:
            self._findings.add("record_position", str(error))
            return
        moved = position > self._position
        if position < self._position:
            message = f"position {record.position} after {_text(self._position)}"
            self._findings.add("record_position", message)
        elif moved != (record.consumed > 0):
            message = (
                f"{record.consumed} entries consumed, "
                f"position from {_text(self._position)} to {record.position}"
            )
            self._findings.add("record_position", message)
        self._position = max(self._position, position)

    def _check_limits(self, record: RecordFields) -> None:
        offers = sum(1 for e in record.events if isinstance(e, dict) and _is_offer(e))
        if record.consumed > COMMANDS_MAX or offers > OFFERS_MAX:
            message = (
                f"{record.consumed} commands (at most {COMMANDS_MAX}), "
                f"{offers} offers (at most {OFFERS_MAX})"
            )
            self._findings.add("record_limit", message)


def _is_offer(event: dict[str, object]) -> bool:
    return event.get("type") == "offer_issued"


def _text(position: tuple[int, int]) -> str:
    return f"{position[0]}-{position[1]}"
