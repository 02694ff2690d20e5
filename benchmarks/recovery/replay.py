"""The replay of a journal of realistic traffic, from its first record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Final

from rich.console import Console

from adapters.leading.collecting import undisturbed
from adapters.leading.observers import Observers
from benchmarks.engine.options import Options
from benchmarks.engine.progress import stage
from benchmarks.engine.setting import Setting, set_up
from router.errors import InvariantError
from router.record import decode_record
from router.recovery import recover

__all__ = ("Replayed", "replay_traffic")

BATCH: Final = 16
"""Commands in a record, as under load."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the replay took."""

    records: int
    events: int
    journal_bytes: int
    seconds: float
    processor_seconds: float


class _Journal:
    """Records in memory."""

    def __init__(self, records: list[bytes]) -> None:
        self._records = records

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """All of them."""
        for number, data in enumerate(self._records):
            yield f"1-{number}", data


def replay_traffic(options: Options, events: int, console: Console) -> Replayed:
    """Let an engine decide so many events, and another one fold them.

    Raises :class:`InvariantError` when the two differ at the end.
    """
    setting = _played(options, events, console)
    journal = setting.stepper.journal
    with undisturbed():
        begun_s, processor_s = perf_counter(), process_time()
        recovered = asyncio.run(recover(_Journal(journal), None, Observers()))
        seconds, processor_s = perf_counter() - begun_s, process_time() - processor_s
    if recovered.engine.state_bytes() != setting.stepper.engine.state_bytes():
        raise InvariantError("the replay of the journal gives another state")
    return Replayed(
        records=len(journal),
        events=sum(len(decode_record(data).events) for data in journal),
        journal_bytes=sum(map(len, journal)),
        seconds=seconds,
        processor_seconds=processor_s,
    )


def _played(options: Options, events: int, console: Console) -> Setting:
    """A floor that is filled, and then kept as it is for so many events."""
    setting, _ = set_up(options, console, words=", for the journal", journaled=True)
    stepper, traffic = setting.stepper, setting.traffic
    decided = 0
    with stage(console, "a journal is made", events) as shown:
        while decided < events:
            orders = traffic.next_orders(stepper.engine.state, BATCH)
            found = stepper.step([order.payload for order in orders], traffic.now_ms)
            traffic.observe(found)
            decided += len(found)
            shown.show(decided)
    return setting
