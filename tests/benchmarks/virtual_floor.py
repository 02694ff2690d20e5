"""A whole floor in virtual time: the real engine, simulated agents and customers, no Redis.

Gives the tests journals of real hours in a second or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.demo.hour import Frame, Hour
from benchmarks.demo.policy import load_policy
from benchmarks.demo.scenario import (
    BEHAVIOUR,
    HOUR_S,
    MIX,
    SURGE,
    known_before,
    rates_per_hour,
    staff,
)
from benchmarks.floor.agents import Agent, Alarm, Turn
from benchmarks.floor.arrivals import schedule
from benchmarks.floor.customers import Contact, contacts, population
from benchmarks.floor.history import CustomerHistory
from benchmarks.floor.journal_reader import JournalRecord
from benchmarks.floor.timers import Timers
from benchmarks.floor.wire import pack, unpack
from router.engine import Engine
from router.inputs import decode_entry
from router.outbox import work_entries
from router.record import GENESIS, Record, encode_record

START_MS = 1_800_000_000_000
OPENS_MS = START_MS + 60_000

Step = tuple[Agent | Contact, Alarm | None]


class VirtualFloor:
    """Plays agents and contacts against an engine; ``records`` is the journal."""

    def __init__(self, policy: Mapping[str, Any], agents: Sequence[Agent]) -> None:
        self.engine = Engine()
        self.records: list[JournalRecord] = []
        self.written_ms: dict[str, int] = {}
        self.history = CustomerHistory()
        self._agents = {agent.agent_id: agent for agent in agents}
        self._steps: Timers[Step] = Timers()
        self._accepted: set[str] = set()
        self._sequence = 0
        self.now_ms = START_MS
        self._command([{"type": "replace_policy", "policy": policy}])

    def play(self, contacts: Iterable[Contact], until_ms: int) -> None:
        """Log everyone in, let the contacts come from the opening on, stop at ``until_ms``."""
        for agent in self._agents.values():
            self._take(agent, agent.log_in("floor"))
        for contact in contacts:
            self._steps.add(OPENS_MS + contact.at_s * 1_000, (contact, None))
        while (next_ms := self._next_ms()) is not None and next_ms <= until_ms:
            self.now_ms = max(self.now_ms, next_ms)
            for _, (who, alarm) in self._steps.due(self.now_ms):
                self._step(who, alarm)
            self._handle([])

    def _next_ms(self) -> int | None:
        # rounded up: a step is due once its time is over
        step_ms, timer_ms = self._steps.next_ms(), self.engine.next_due_ms()
        due = [-int(-ms // 1) for ms in (step_ms, timer_ms) if ms is not None]
        return min(due, default=None)

    def _step(self, who: Agent | Contact, alarm: Alarm | None) -> None:
        if isinstance(who, Agent):
            assert alarm is not None
            self._take(who, who.wake(alarm))
        elif alarm is None:
            self._command([who.create_command(self.history.facts(who.customer.customer_id))])
            if who.patience_s is not None:
                give_up = Alarm(who.patience_s, "complete")
                self._steps.add(self.now_ms + who.patience_s * 1_000, (who, give_up))
        elif who.interaction_id not in self._accepted:
            self._command([who.cancel_command()])

    def _take(self, agent: Agent, turn: Turn) -> None:
        for alarm in turn.alarms:
            self._steps.add(self.now_ms + alarm.after_s * 1_000, (agent, alarm))
        self._command(turn.commands)

    def _command(self, commands: Sequence[Mapping[str, Any]]) -> None:
        for command in commands:
            self._sequence += 1
            entry_id = f"{self.now_ms}-{self._sequence}"
            self._handle([decode_entry(entry_id, self.now_ms, {b"m": pack(command)})])

    def _handle(self, batch: Sequence[Any]) -> None:
        events = self.engine.handle(batch, self.now_ms)
        if not events:
            return
        packed = encode_record(
            Record(
                v=1,
                now_ms=self.now_ms,
                position="0-0",
                consumed=len(batch),
                prev=GENESIS,
                events=events,
            )
        )
        record = JournalRecord(f"1-{len(self.records)}", self.now_ms, unpack(packed)["events"])
        self.records.append(record)
        self.history.learn(record)
        self._accepted |= {
            event["interaction_id"] for event in record.events if event["type"] == "offer_accepted"
        }
        for entry in work_entries(events, self.engine.state, self.engine.departed):
            self._deliver(unpack(entry.payload))

    def _deliver(self, message: dict[str, Any]) -> None:
        if message["type"] == "offer":
            self.written_ms.setdefault(message["offer_id"], self.now_ms)
        agent = self._agents.get(message["agent_id"])
        if agent is not None:
            turn = agent.read(message)
            assert not turn.commands, "agents answer later, never at once"
            self._take(agent, turn)


def virtual_hour(
    *, agents: int = 60, seed: int = 7, length_s: float = HOUR_S
) -> tuple[Hour, VirtualFloor]:
    """The demo's hour (or its beginning), closed, at the speed of life."""
    people = staff(agents, seed)
    floor = VirtualFloor(load_policy(), [Agent(p, BEHAVIOUR, seed) for p in people])
    known = known_before(population(MIX, seed), people, seed=seed, now_ms=OPENS_MS, speed=1.0)
    floor.history = CustomerHistory(known)
    arrivals = schedule(rates_per_hour(agents), seed=seed, spikes=[SURGE])
    closes_ms = OPENS_MS + round(length_s * 1_000)
    floor.play(contacts(arrivals, MIX, seed), closes_ms)
    hour = Hour(
        Frame(
            opens_ms=OPENS_MS,
            closes_ms=closes_ms,
            surge_starts_ms=OPENS_MS + round(SURGE.starts_s * 1_000),
            surge_ends_ms=OPENS_MS + round(SURGE.ends_s * 1_000),
            speed=1.0,
        )
    )
    for record in floor.records:
        hour.feed(record)
    hour.close()
    return hour, floor
