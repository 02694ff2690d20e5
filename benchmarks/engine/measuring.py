"""The measured run: a full floor kept in a steady state, each step timed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console

from benchmarks.engine.collector import Collections, settled, watched
from benchmarks.engine.idle_loop import longest_gap_us
from benchmarks.engine.kinds import Kind
from benchmarks.engine.progress import stage
from benchmarks.engine.recording import Recording
from benchmarks.engine.samples import Samples, Step
from benchmarks.engine.setting import Setting
from benchmarks.engine.stepper import Stepper
from benchmarks.engine.tape import recorded_choices
from router.events import Event, OfferIssued, PolicyAnnounced, PolicyReplaced

__all__ = ("Measured", "measure", "timed")

WARM_UP_COMMANDS: Final = 1_000
"""Commands before the measuring; they touch what a running router has touched long ago."""


@dataclass(slots=True)
class Measured:
    """The measured run. ``idle_loop_max_us`` is the longest gap of an empty loop of its length."""

    samples: Samples
    warm_up: Samples
    collections: dict[str, Any]
    recording: Recording
    waiting_lowest: int
    waiting_highest: int
    records: int
    work_entries: int
    wall_seconds: float
    virtual_seconds: float
    rejected: dict[str, int]
    idle_loop_max_us: float
    policy_in_force_s: float | None
    """Engine's time from the announcement of a new policy to its being in force."""

    caught_up_s: float | None
    """Engine's time from its return, where it was away, until no timer was overdue."""


def measure(setting: Setting, console: Console) -> Measured:
    """Run until the time, or the number of decisions, is reached."""
    options, stepper, traffic = setting.options, setting.stepper, setting.traffic
    run = _Run(setting)
    records, entries, begun_s = stepper.records, stepper.work_entries, time.monotonic()
    with run.recorded(), settled(freeze=options.freeze) as frozen, watched() as seen:
        warm_up = run.warm_up(seen)
        seen.clear()
        begun_ms = traffic.now_ms
        with stage(console, "measuring", 1.0) as shown:
            while (done := run.done()) < 1:
                run.one(seen)
                shown.show(done, f"{run.samples.decisions:,} decisions")
    return Measured(
        samples=run.samples,
        warm_up=warm_up,
        collections={**seen.to_dict(), "frozen_objects": frozen},
        recording=run.recording,
        waiting_lowest=run.lowest,
        waiting_highest=run.highest,
        records=stepper.records - records,
        work_entries=stepper.work_entries - entries,
        wall_seconds=time.monotonic() - begun_s,
        virtual_seconds=(traffic.now_ms - begun_ms) / 1_000,
        rejected=dict(traffic.floor.rejected),
        idle_loop_max_us=longest_gap_us(run.engine_seconds),
        policy_in_force_s=run.policy_in_force_s,
        caught_up_s=run.caught_up_s,
    )


class _Run:
    """The loop of the measured run."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.samples = Samples()
        self.recording = Recording()
        self._engine_ns = 0
        self._announced_s = 0.0
        self.policy_in_force_s: float | None = None
        self._behind_since_s: float | None = None
        self.caught_up_s: float | None = None
        self.lowest = self.highest = self._waiting()

    def recorded(self) -> AbstractContextManager[None]:
        """Meanwhile, choices are recorded if a baseline will want them."""
        if self._setting.options.baselines:
            return recorded_choices(self._setting, self.recording.tape)
        return nullcontext()

    @property
    def engine_seconds(self) -> float:
        """The engine's time so far."""
        return self._engine_ns / 1e9

    def done(self) -> float:
        """Which part of the run is over; 1 at its end."""
        options = self._setting.options
        if options.decisions is not None:
            return self.samples.decisions / max(1, options.decisions)
        return self.engine_seconds / options.seconds

    def warm_up(self, seen: Collections) -> Samples:
        """The commands that are not counted."""
        while self.samples.commands < WARM_UP_COMMANDS:
            self.one(seen)
        warm_up, self.samples, self._engine_ns = self.samples, Samples(), 0
        return warm_up

    def one(self, seen: Collections) -> None:
        """One step: draw commands, time the engine, learn what became of them."""
        setting, stepper = self._setting, self._setting.stepper
        traffic, options = setting.traffic, setting.options
        orders = traffic.next_orders(stepper.engine.state, options.batch)
        now_ms = traffic.now_ms
        kinds = tuple(order.kind for order in orders)
        events, step = timed(stepper, kinds, [order.payload for order in orders], now_ms, seen)
        self.samples.add(step)
        self._engine_ns += step.took_ns
        self._note_policy(events)
        if options.away_s:
            self._note_backlog()
        traffic.observe(events)
        waiting = self._waiting()
        self.lowest, self.highest = min(self.lowest, waiting), max(self.highest, waiting)
        if options.baselines:
            self.recording.add(orders, now_ms, stepper.tail.hash)

    def _note_policy(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, PolicyAnnounced):
                self._announced_s = self.engine_seconds
            elif isinstance(event, PolicyReplaced):
                self.policy_in_force_s = self.engine_seconds - self._announced_s

    def _note_backlog(self) -> None:
        if self._setting.stepper.engine.partial:
            if self._behind_since_s is None:
                self._behind_since_s = self.engine_seconds
        elif self._behind_since_s is not None and self.caught_up_s is None:
            self.caught_up_s = self.engine_seconds - self._behind_since_s

    def _waiting(self) -> int:
        floor = self._setting.traffic.floor
        return len(floor.waiting) + len(floor.stuck)


def timed(
    stepper: Stepper,
    kinds: tuple[Kind, ...],
    payloads: Sequence[bytes],
    now_ms: int,
    seen: Collections,
) -> tuple[list[Event], Step]:
    """One step, and what it took."""
    collected_ns = seen.total_ns
    events = stepper.step(payloads, now_ms)
    offers = sum(1 for event in events if type(event) is OfferIssued)
    collected_ns = seen.total_ns - collected_ns
    return events, Step(kinds, stepper.took_ns, stepper.processor_ns, collected_ns, offers)
