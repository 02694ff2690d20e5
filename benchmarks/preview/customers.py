"""The customers' side of a replay: they come when they came, wait, and give up."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Final

import msgspec

from benchmarks.preview.arm import Arm
from benchmarks.preview.cases import Case, Recording
from benchmarks.preview.model import Model
from benchmarks.preview.told import facts_for
from benchmarks.scenario.streams import drawn
from router import events as ev
from router.commands import Cancel
from router.lifecycle import LOOKING

__all__ = ("Customers",)

PATIENCE: Final = 1


class Customers:
    """Everybody who gets in touch in the period, or waits when it begins."""

    def __init__(
        self, arm: Arm, recording: Recording, cases: Mapping[str, Case], model: Model, key: int
    ) -> None:
        self._arm, self._recording, self._cases = arm, recording, cases
        self._patience, self._key = model.patience, key
        self._legs: dict[str, int] = {}
        arm.kernel.hear[ev.InteractionRequeued] = self._requeued

    def take_over(self) -> None:
        """Who waits when the period begins goes on waiting."""
        for case in self._recording.cases:
            if case.create is None and not case.in_hand:
                self._wait(case)

    def arrive(self, case: Case) -> None:
        """Somebody gets in touch."""
        create = case.create
        if create is None:
            return
        if case.preferred and not create.history:
            facts = facts_for(case.preferred, self._arm.history)
            create = msgspec.structs.replace(create, history=facts)
        self._arm.kernel.tell(create)
        if case.interaction_id in self._arm.state.interactions:
            self._wait(case)

    def _wait(self, case: Case) -> None:
        """Let them leave when they have had enough."""
        if case.answered_before:
            if case.gave_up_ms >= 0 and not case.legs:
                self._leave_at(case, float(case.gave_up_ms))
        elif not case.put_aside:
            uniform = drawn(self._key, case.key, PATIENCE)
            self._leave_at(case, case.at_ms + self._patience.drawn_ms(case, uniform))

    def _leave_at(self, case: Case, at_ms: float) -> None:
        if isfinite(at_ms) and at_ms < self._recording.to_ms:
            kernel = self._arm.kernel
            after_ms = at_ms - self._recording.from_ms
            legs = self._legs.get(case.interaction_id, 0)
            kernel.at(max(after_ms, kernel.now_ms), self._give_up, (case, legs))

    def _give_up(self, who: tuple[Case, int]) -> None:
        case, legs = who
        name = case.interaction_id
        one = self._arm.state.interactions.get(name)
        is_same_wait = self._legs.get(name, 0) == legs and one is not None
        if is_same_wait and one is not None and one.state in LOOKING:
            self._arm.kernel.tell(Cancel(interaction_id=name))

    def _requeued(self, event: ev.InteractionRequeued) -> None:
        """It waits once more: for as long as its customer did then, if they gave up then."""
        case = self._cases.get(event.interaction_id)
        legs = self._legs[event.interaction_id] = self._legs.get(event.interaction_id, 0) + 1
        if case is not None and case.gave_up_ms >= 0 and case.gave_up_leg == legs:
            last = case.legs[legs - 1]
            waited_ms = case.gave_up_ms - last.begun_ms - max(0, last.handle_ms)
            now_ms = self._arm.kernel.now_ms + self._recording.from_ms
            self._leave_at(case, now_ms + max(0, waited_ms))
