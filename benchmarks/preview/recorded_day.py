"""A day as a journal has it, made by the simulator: for benchmarks and for tests of the preview.

What would have happened under another policy is not known of any recorded day; of this one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.reading import read_scenario
from benchmarks.scenario.streams import Seed
from benchmarks.simulator.kernel import BEGIN_MS
from benchmarks.simulator.run import simulate
from router.commands import ReplacePolicy
from router.engine import Engine
from router.events import Event, LeaderStarted
from router.inputs import Input
from router.record import FORMAT, GENESIS, Record, encode_record, record_hash

__all__ = ("BEGIN_MS", "Change", "Entries", "JournalingEngine", "busy_day", "recorded_day")

Entries: TypeAlias = list[tuple[str, bytes]]

EPOCH: Final = 1


class Change(NamedTuple):
    """Another policy from a moment on (ms of the journal)."""

    at_ms: int
    policy: Mapping[str, Any]


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


def busy_day(interactions: int) -> Scenario:
    """A day of two queues and two channels with about so many contacts, and agents to match; its
    policy is made of it."""
    share = interactions / 100_000
    day = {"kind": "profile", "name": "bank", "from_s": 25_200, "even_days": True}
    shift = {"shifts": [{"from_s": 25_000, "until_s": 76_200}]}
    voice = {"channel": "voice", "wrap_up": {"kind": "exponential", "mean_s": 30}}

    def kind(mean_s: float, total: float, patience_s: float, **more: object) -> dict[str, object]:
        return {
            "handle": {"kind": "lognormal", "mean_s": mean_s, "cv": 0.8},
            "arrivals": {**day, "total": total * share},
            "patience": {"kind": "exponential", "mean_s": patience_s},
            **more,
        }

    billing = [{"skill": "billing", "level": 2, "hard": False}, {"skill": "billing"}]
    technical = [{"skill": "technical"}]
    calls = {"queue": "billing", "requirements": billing, "preferred": {"share": 0.3}, **voice}
    chats = {"channel": "chat", "queue": "billing", "requirements": [{"skill": "billing"}]}
    helped = {"queue": "technical", "requirements": technical, **voice}
    answers = {"answer": {"kind": "uniform", "min_s": 1, "max_s": 6}, "decline_share": 0.02}
    return read_scenario(
        {
            "name": "busy-day",
            "horizon_s": 86_400,
            "thresholds_s": [20],
            "types": {
                "billing": kind(150, 50_000, 240, **calls),
                "technical": kind(200, 30_000, 300, **helped),
                "chat": kind(200, 20_000, 600, **chats),
            },
            "groups": {
                "slow": {
                    "count": max(1, round(220 * share)),
                    "skills": {"billing": 4},
                    "handle_factor": 1.2,
                    **shift,
                },
                "quick": {
                    "count": max(1, round(150 * share)),
                    "skills": {"billing": 1},
                    "handle_factor": 0.8,
                    **shift,
                },
                "both": {
                    "count": max(1, round(280 * share)),
                    "skills": {"billing": 1, "technical": 4},
                    **answers,
                    **shift,
                },
            },
        }
    )


class _ChangedEngine(JournalingEngine):
    """The same, with another policy from a moment on."""

    def __init__(self, write: Callable[[str, bytes], None], change: Change) -> None:
        super().__init__(write)
        self._change: Change | None = change

    def handle(
        self, batch: Sequence[Input], now_ms: int, timers_upto_ms: int | None = None
    ) -> list[Event]:
        """Decide; when the time has come, under the other policy."""
        change, before = self._change, list[Event]()
        if change is not None and now_ms >= change.at_ms:
            self._change = None
            replaced = Input("", now_ms, ReplacePolicy(policy=dict(change.policy)))
            before = super().handle([replaced], now_ms, now_ms)
        return before + super().handle(batch, now_ms, timers_upto_ms)


def recorded_day(scenario: Scenario, seed: Seed, change: Change | None = None) -> Entries:
    """The journal of a scenario that was played on the real engine, from its first record on;
    under another policy from a moment on, if that is asked for."""
    entries: Entries = []

    def write(name: str, data: bytes) -> None:
        entries.append((name, data))

    engine = JournalingEngine(write) if change is None else _ChangedEngine(write, change)
    simulate(scenario, seed, engine=engine)
    return entries
