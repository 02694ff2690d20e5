"""One step of the service, timed: from the bytes of the stream to the bytes of the journal.

Decoding, the engine, the decision record, work entries, the record's bytes and its hash: all that
`router.service` does between its reader and its journal.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from time import perf_counter_ns, thread_time_ns

from adapters.leading.collecting import Collecting
from router.draft import Draft, decode_batch, draft_of
from router.engine import Engine
from router.events import Event
from router.ports import InboundEntry
from router.tail import Tail

__all__ = ("Stepper",)


class Stepper:
    """Drives one engine with packed commands. ``sweeps``: the collector is used as in the service,
    else left to itself; ``journaled``: the bytes of all records are kept in ``journal``."""

    def __init__(self, engine: Engine, *, sweeps: bool = True, journaled: bool = False) -> None:
        self.engine = engine
        self.tail = Tail()
        self.took_ns = 0
        """Time of the last step."""

        self.processor_ns = 0
        """How much of it the processor worked for us; the rest went to other processes."""

        self.records = 0
        self.work_entries = 0
        self.journal: list[bytes] = []
        self._journaled = journaled
        self._collecting = Collecting() if sweeps else None
        self._sequence = 0
        self._draft: Draft | None = None  # the last one is let go within the next step's time

    def step(self, payloads: Sequence[bytes], now_ms: int) -> list[Event]:
        """Let the engine decide one batch, and what it has left over of the matching; the events of
        it all. Timers that are left over fire with the next batches, as in the service."""
        entries = [self._entry(payload, now_ms) for payload in payloads]
        gc.enable()
        processor_ns = thread_time_ns()
        begun_ns = perf_counter_ns()
        draft = self._draft_of(entries, now_ms)
        events = draft.record.events if draft else []
        while self.engine.unmatched:
            more = self._draft_of((), now_ms)
            events = events + more.record.events if more else events
        self.took_ns = perf_counter_ns() - begun_ns
        self.processor_ns = thread_time_ns() - processor_ns
        gc.disable()
        return events

    def _draft_of(self, entries: Sequence[InboundEntry], now_ms: int) -> Draft | None:
        batch = decode_batch((), entries, now_ms)
        self._draft = draft = draft_of(self.engine, batch, self.tail, now_ms, now_ms)
        if draft is not None:
            self.tail = self.tail.after(draft.record, draft.data)
            self.records += 1
            self.work_entries += len(draft.work)
            if self._journaled:
                self.journal.append(draft.data)
            if self._collecting is not None:
                self._collecting.recorded(draft.record, len(draft.data), 0.0)
        return draft

    def _entry(self, payload: bytes, now_ms: int) -> InboundEntry:
        self._sequence += 1
        return InboundEntry(f"{now_ms}-{self._sequence}", now_ms, {b"m": payload})
