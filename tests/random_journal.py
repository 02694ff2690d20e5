"""Journals of random traffic, as a router would have written them."""

from __future__ import annotations

from router import events as ev
from router.engine import Engine
from router.inputs import Input
from router.outbox import work_entries
from router.ports import WorkEntry
from router.record import GENESIS, NO_POSITION, Record, encode_record, record_hash
from tests.traffic import Traffic

__all__ = ("Journal",)


class Journal:
    """Records of a real engine under random traffic, each with the state after it, and what it
    told in work streams."""

    def __init__(self, seed: int) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.states: dict[str, bytes] = {}
        self.work: dict[str, list[WorkEntry]] = {}
        self._prev = GENESIS
        self._traffic = Traffic(seed)
        # so that policies are announced, and made ready for beside the work
        self._engine = Engine(policy_at_once_max=20)
        self._epoch = 0
        self.begin_epoch()
        self.decide(self._traffic.opening())

    def begin_epoch(self) -> None:
        """Another leader, who has the same state."""
        self._epoch += 1
        started = ev.LeaderStarted(epoch=self._epoch, router_id="r", release="1")
        self._engine.apply(started, self._traffic.now_ms)
        self._write([started])

    def play(self, batches: int) -> None:
        """Go on with the traffic."""
        for batch in self._traffic.batches(batches):
            self.decide(batch)

    def decide(self, batch: list[Input]) -> None:
        """One batch, and what is left over of it."""
        events = self._engine.handle(batch, self._traffic.now_ms)
        self._traffic.answered(events)
        self._write(events)
        while self._engine.partial:
            self._write(self._engine.handle([], self._traffic.now_ms))

    def _write(self, events: list[ev.Event]) -> None:
        record = Record(
            v=1,
            now_ms=self._traffic.now_ms,
            position=NO_POSITION,
            consumed=0,
            prev=self._prev,
            events=events,
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        same_epoch = [i for i, _ in self.records if i.startswith(f"{self._epoch}-")]
        record_id = f"{self._epoch}-{len(same_epoch)}"
        self.records.append((record_id, data))
        self.states[record_id] = self._engine.state_bytes()
        self.work[record_id] = work_entries(events, self._engine.state, self._engine.departed)
