"""A day as a journal has it, made by the simulator: for benchmarks and for tests of the preview.

What would have happened under another policy is not known of any recorded day; of this one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.streams import Seed
from benchmarks.simulator.kernel import BEGIN_MS
from benchmarks.simulator.run import simulate
from router.engine import Engine
from router.events import Event, LeaderStarted
from router.inputs import Input
from router.record import FORMAT, GENESIS, Record, encode_record, record_hash

__all__ = ("BEGIN_MS", "Entries", "JournalingEngine", "recorded_day")

Entries: TypeAlias = list[tuple[str, bytes]]

EPOCH: Final = 1


class JournalingEngine(Engine):
    """An engine that writes its records, as the service would; commands get ids of their own."""

    def __init__(self, write: Callable[[str, bytes], None]) -> None:
        super().__init__()
        self._write = write
        self._lsn = self._consumed = 0
        self._prev = GENESIS
        started = LeaderStarted(epoch=EPOCH, router_id="simulator", release="simulated")
        self.apply(started, BEGIN_MS)
        self._record([started], BEGIN_MS, 0)

    def handle(
        self, batch: Sequence[Input], now_ms: int, timers_upto_ms: int | None = None
    ) -> list[Event]:
        """Decide, and write what was decided."""
        named = [item._replace(entry_id=f"{now_ms}-{n}") for n, item in enumerate(batch, 1)]
        events = super().handle(named, now_ms, timers_upto_ms)
        if events or batch:
            self._record(events, now_ms, len(batch))
        return events

    def _record(self, events: list[Event], now_ms: int, consumed: int) -> None:
        record = Record(
            v=FORMAT,
            now_ms=now_ms,
            position=f"{now_ms}-{consumed}",
            consumed=consumed,
            prev=self._prev,
            events=events,
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        self._write(f"{EPOCH}-{self._lsn}", data)
        self._lsn += 1


def recorded_day(scenario: Scenario, seed: Seed) -> Entries:
    """The journal of a scenario that was played on the real engine, from its first record on."""
    entries: Entries = []
    simulate(
        scenario, seed, engine=JournalingEngine(lambda name, data: entries.append((name, data)))
    )
    return entries
