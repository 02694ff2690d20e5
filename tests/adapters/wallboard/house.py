"""An engine under random traffic, whose records floors and statistics follow."""

from __future__ import annotations

from adapters.projection.folded import Folded
from adapters.statistics.statistics import Statistics
from adapters.wallboard.before import BY
from adapters.wallboard.floor import Floor
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from router.record import GENESIS, NO_POSITION, Record
from router.state import State
from tests.traffic import Traffic

__all__ = ("House",)


class AllTime:
    """A calendar of one window."""

    names = ()

    def at(self, now_ms: int) -> tuple[int, ...]:
        return (0,)


class House:
    """An engine under traffic, whose records a floor follows, and the statistics."""

    def __init__(self, seed: int) -> None:
        self.engine = Engine()
        self.now_ms = 0
        self.floor = Floor(self)
        self.records: list[Record] = []
        self.statistics = Statistics(AllTime(), (BY,), ())
        self.traffic = Traffic(seed)
        self._decide(self.traffic.opening())

    @property
    def state(self) -> State:
        return self.engine.state

    def play(self, batches: int) -> None:
        for batch in self.traffic.batches(batches):
            self._decide(batch)

    def _decide(self, batch: list[Input]) -> None:
        self.now_ms = self.traffic.now_ms
        self._record(self.engine.handle(batch, self.now_ms))
        while self.engine.partial:
            self._record(self.engine.handle([], self.now_ms))

    def _record(self, events: list[ev.Event]) -> None:
        self.traffic.answered(events)
        record = Record(
            v=1, now_ms=self.now_ms, position=NO_POSITION, consumed=0, prev=GENESIS, events=events
        )
        self.floor.folded(Folded("1-1", record, 0, self.state, {}))
        self.statistics.fold(record)
        self.records.append(record)
