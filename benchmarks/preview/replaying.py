"""A replay: the period once more, on the real engine in virtual time, under some policy."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final

from benchmarks.preview.arm import Arm
from benchmarks.preview.beginning import events_before, restored, unpacked_state
from benchmarks.preview.cases import Recording
from benchmarks.preview.customers import Customers
from benchmarks.preview.desks import Desks
from benchmarks.preview.errors import PreviewError
from benchmarks.preview.model import Model, model_of
from benchmarks.preview.outcome import Outcome, Watch
from benchmarks.scenario.streams import key_of
from benchmarks.simulator.kernel import Kernel
from benchmarks.simulator.run import without_collector
from router import commands as cmd
from router import events as ev
from router.engine import Engine
from router.events import Event
from router.inputs import Input

__all__ = ("replay",)

_AT: Final = itemgetter(0, 1)

TOLD_EVERY: Final = 512
"""Acts, between two words on how far it has come."""


class _Watched(Engine):
    """An engine whose events somebody else sees, too."""

    watch: Watch | None = None

    def handle(
        self, batch: Sequence[Input], now_ms: int, timers_upto_ms: int | None = None
    ) -> list[Event]:
        """Decide, and show what was decided."""
        events = super().handle(batch, now_ms, timers_upto_ms)
        if self.watch is not None:
            self.watch.take(events, now_ms)
        return events


def replay(
    recording: Recording,
    policy: Mapping[str, Any] | None,
    seed: int,
    model: Model | None = None,
    tell: Callable[[float], None] | None = None,
) -> Outcome:
    """What becomes of a period under a policy (None: those that ran, each from its time on).

    Equal arguments give equal outcomes; another seed draws anew what was not seen. ``model`` is
    that of the recording, if it is at hand; ``tell`` is told now and then which share is done.
    Raises :class:`PreviewError` for a policy that does
    not fit what was open when the period began.
    """
    began_s = time.process_time()
    with without_collector():
        outcome = _Replay(recording, policy, seed, model or model_of(recording)).play(tell)
    outcome.seconds = time.process_time() - began_s
    return outcome


class _Replay:
    """The parts of a replay, put together."""

    def __init__(
        self, recording: Recording, policy: Mapping[str, Any] | None, seed: int, model: Model
    ) -> None:
        self._recording, self._policy = recording, policy
        self._places = {case.interaction_id: n for n, case in enumerate(recording.cases)}
        self._noted: Counter[str] = Counter()
        self._refused: set[int] = set()
        self._has_begun = False
        state = unpacked_state(recording.state)
        answered = frozenset(c.interaction_id for c in recording.cases if c.answered_before)
        self._watch = Watch(
            recording.from_ms, recording.to_ms, events_before(state, answered), self._places
        )
        engine = _Watched()
        restored(engine, state)
        engine.watch = self._watch
        self._engine = engine
        self._kernel = Kernel(begin_ms=recording.from_ms, engine=engine)
        key = key_of(seed, "preview")
        cases = {case.interaction_id: case for case in recording.cases}
        self._arm = Arm(self._kernel, engine.state.policy, self._noted)
        self._desks = Desks(self._arm, recording, cases, model, key)
        self._customers = Customers(self._arm, recording, cases, model, key)
        self._kernel.hear[ev.Rejected] = self._rejected

    def play(self, tell: Callable[[float], None] | None = None) -> Outcome:
        """Run to the end of the period."""
        self._begin()
        kernel, from_ms = self._kernel, self._recording.from_ms
        actions = sorted(self._actions(), key=_AT)
        for number, (at_ms, _, action) in enumerate(actions):
            if tell is not None and not number % TOLD_EVERY:
                tell(number / len(actions))
            kernel.advance(float(at_ms - from_ms))
            action()
        kernel.advance(float(self._recording.to_ms - from_ms))
        outcome = self._watch.outcome(self._recording.may_serve, self._refused)
        outcome.noted = dict(self._noted)
        return outcome

    def _begin(self) -> None:
        """Put the policy in force, and let go on what is open."""
        state = self._engine.state
        document = dict(state.policy if self._policy is None else self._policy)
        if not state.intake_open:
            self._kernel.tell(cmd.SetIntake(open=True))
        self._desks.take_over()
        self._customers.take_over()
        # agents went when they went: nobody's silence is replayed
        document.pop("sign_off_after_s", None)
        self._kernel.tell(cmd.ReplacePolicy(policy=document))
        self._has_begun = True

    def _actions(self) -> list[tuple[int, int, Any]]:
        """What happens by itself, with its time."""
        found: list[tuple[int, int, Any]] = []
        if self._policy is None:
            for one in self._recording.policies[1:]:
                document = {k: v for k, v in one.document.items() if k != "sign_off_after_s"}
                told = cmd.ReplacePolicy(policy=document, reclassify=one.reclassify)
                found.append((one.at_ms, 0, partial(self._kernel.tell, told)))
        found += (
            (timed.at_ms, 1, partial(self._arm.carry_out, timed.command))
            for timed in self._recording.timetable
        )
        found += (
            (case.at_ms, 2, partial(self._customers.arrive, case))
            for case in self._recording.cases
            if case.create is not None
        )
        return found

    def _rejected(self, event: ev.Rejected) -> None:
        """Something cannot be done as it was done then: it is counted, and left."""
        is_later = self._policy is None and self._has_begun
        if event.command == "replace_policy" and not is_later:
            raise PreviewError(f"the policy cannot follow the one that ran: {event.detail}")
        self._noted[f"{event.command}_refused"] += 1
        place = self._places.get(event.target)
        if event.command == "create" and place is not None:
            self._refused.add(place)
