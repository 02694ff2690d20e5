"""A draft: what one batch of inputs becomes, before any of it is visible outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from router import limits
from router.commands import Create
from router.engine import Engine
from router.inputs import Fault, Input, decode_entry, refusal
from router.outbox import dead_letters, work_entries
from router.ports import DeadLetter, InboundEntry, WorkEntry
from router.record import FORMAT, Record, encode_record
from router.tail import Tail

__all__ = ("INTERNAL_ERROR", "Batch", "Draft", "blamed", "decode_batch", "draft_of")

INTERNAL_ERROR: Final = "internal error"
"""What the sender of a command is told that the engine cannot take."""


class Batch(NamedTuple):
    """Inputs of one batch: the service's own, then one for each of the inbound ``entries``."""

    inputs: Sequence[Input]
    entries: Sequence[InboundEntry]

    def one_by_one(self) -> list[Batch]:
        """The same inputs as batches of one."""
        own = len(self.inputs) - len(self.entries)
        return [
            Batch((item,), self.entries[index - own : index - own + 1] if index >= own else ())
            for index, item in enumerate(self.inputs)
        ]


class Draft(NamedTuple):
    """A record with the entries to write in the same call; ``data`` are the record's bytes."""

    record: Record
    data: bytes
    work: list[WorkEntry]
    dead: list[DeadLetter]


def decode_batch(own: Sequence[Input], entries: Sequence[InboundEntry], now_ms: int) -> Batch:
    """Decode inbound entries behind the service's own inputs."""
    return Batch([*own, *(_arrived(entry, now_ms) for entry in entries)], entries)


def _arrived(entry: InboundEntry, now_ms: int) -> Input:
    """An entry, as it arrives: its id may be chosen by whoever adds it, and lie ahead of a clock
    that was set back, but nothing arrives in the future, and no age begins there."""
    at_ms = min(entry.at_ms, now_ms)
    item = decode_entry(entry.entry_id, at_ms, entry.fields)
    command = item.command
    if isinstance(command, Create) and (command.origin_ms or 0) > at_ms:
        ahead_ms = max(entry.at_ms, at_ms + limits.ORIGIN_AHEAD_MS_MAX)
        if (command.origin_ms or 0) <= ahead_ms:
            return item._replace(command=replace(command, origin_ms=at_ms))
    return item


def draft_of(
    engine: Engine, batch: Batch, tail: Tail, now_ms: int, timers_upto_ms: int
) -> Draft | None:
    """Let the engine decide a batch; None when there is nothing to record.

    Whatever it raises is a bug, and leaves the engine in an unknown state.
    """
    inputs, entries = batch
    events = engine.handle(inputs, now_ms, timers_upto_ms)
    if not (events or entries):
        return None
    record = Record(
        v=FORMAT,
        now_ms=now_ms,
        position=entries[-1].entry_id if entries else tail.position,
        consumed=len(entries),
        prev=tail.hash,
        events=events,
        partial=not engine.is_settled,
        timers_upto_ms=_fired_upto_ms(engine, now_ms, timers_upto_ms),
    )
    own = len(inputs) - len(entries)
    return Draft(
        record,
        encode_record(record),
        work_entries(events, engine.state, engine.departed),
        dead_letters(inputs[own:], entries),
    )


def _fired_upto_ms(engine: Engine, now_ms: int, held_back_ms: int) -> int:
    """The time up to which everything that was due has happened; 0 if that is now."""
    due_ms = engine.next_due_ms()
    if due_ms is None or due_ms > now_ms:
        return 0
    return min(held_back_ms, due_ms - 1)


def blamed(batch: Batch) -> Batch:
    """A batch of one whose command the engine cannot take, as one that it can refuse."""
    (item,) = batch.inputs
    command = item.command
    if isinstance(command, Fault):
        fault = command._replace(code="limit", detail=INTERNAL_ERROR)
    else:
        fault = refusal(command, "limit", INTERNAL_ERROR)
    return Batch((item._replace(command=fault),), batch.entries)
