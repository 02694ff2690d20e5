"""Virtual time: the engine, and a heap of what is due.

Nothing waits: time jumps from one thing that happens to the next. Whoever hears an event may answer
it at once; the engine is told before anything else happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from benchmarks.simulator.errors import SimulationError
from router.commands import Command
from router.engine import Engine
from router.events import Event, Rejected
from router.inputs import Input
from router.matcher import Matcher

__all__ = ("NO_RECHECKS", "Kernel", "Rechecks", "refuse")

BEGIN_MS: Final = 1_767_571_200_000
"""Monday, 5 January 2026, 0:00 UTC: when scenarios begin that do not say it."""


@dataclass(frozen=True, slots=True)
class Rechecks:
    """When to look again, for matchers that let contacts wait: at everything at every multiple of
    ``every_ms``, and at a contact that has waited for ``after_ms``.

    With ``gather``, what happens in an interval of ``every_ms`` reaches the engine at its end, as
    one batch.
    """

    every_ms: int | None = None
    after_ms: int | None = None
    gather: bool = False


NO_RECHECKS: Final = Rechecks()


class Kernel:
    """The engine and its time. ``hear`` says who is told of which events.

    ``engine``: one that has a state already, or that keeps what it decides.
    """

    def __init__(
        self,
        new_matcher: type[Matcher] = Matcher,
        rechecks: Rechecks = NO_RECHECKS,
        begin_ms: int = BEGIN_MS,
        engine: Engine | None = None,
    ) -> None:
        self.engine = engine or Engine(new_matcher)
        self.now_ms = 0.0
        self.hear: dict[type[Event], Callable[[Any], None]] = {Rejected: refuse}
        self._begin_ms = begin_ms
        self._due: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._pushed = 0
        self._answers: list[Input] = []
        self._rechecks = rechecks
        self._gathered: list[Input] | None = None

    @property
    def engine_ms(self) -> int:
        """What time it is for the engine."""
        return int(self.now_ms) + self._begin_ms

    def begin_rechecks(self) -> None:
        """Look again from now on, if the matcher needs that."""
        if self._rechecks.gather:
            self._gathered = []
        if self._rechecks.every_ms is not None:
            self.at(self.now_ms + self._rechecks.every_ms, self._look_again, None)

    def at(self, at_ms: float, action: Callable[[Any], None], argument: object) -> None:
        """Let something happen at a moment."""
        self._pushed += 1
        heapq.heappush(self._due, (at_ms, self._pushed, action, argument))

    def advance(self, until_ms: float) -> None:
        """Let everything happen that is due before a moment; then it is that moment."""
        due, engine = self._due, self.engine
        while True:
            at_ms = due[0][0] if due else inf
            timer_ms = engine.next_due_ms()
            if timer_ms is not None and timer_ms - self._begin_ms < min(at_ms, until_ms):
                self.now_ms = max(self.now_ms, float(timer_ms - self._begin_ms))
                self._listen(engine.handle((), self.engine_ms))
            elif at_ms < until_ms:
                self.now_ms, _, action, argument = heapq.heappop(due)
                action(argument)
            else:
                self.now_ms = until_ms
                return

    def advance_once(self) -> bool:
        """Let the next thing happen; whether there was one."""
        timer_ms = self.engine.next_due_ms()
        if timer_ms is None and not self._due:
            return False
        at_ms = self._due[0][0] if self._due else inf
        if timer_ms is not None:
            at_ms = min(at_ms, max(self.now_ms, float(timer_ms - self._begin_ms)))
        self.advance(at_ms + 1e-6)
        return True

    def tell(self, command: Command) -> None:
        """Tell the engine now, and let everybody hear what comes of it."""
        now_ms = int(self.now_ms) + self._begin_ms
        if self._gathered is not None:
            self._gathered.append(Input("", now_ms, command))
            return
        self._listen(self.engine.handle((Input("", now_ms, command),), now_ms))

    def answer(self, command: Command) -> None:
        """Tell the engine right after what is just being heard."""
        self._answers.append(Input("", self.engine_ms, command))

    def _listen(self, events: list[Event]) -> None:
        hear, engine = self.hear, self.engine
        while True:
            for event in events:
                listener = hear.get(type(event))
                if listener is not None:
                    listener(event)
            answers = self._answers
            if not answers and not engine.partial:
                return
            self._answers = []
            events = engine.handle(answers, self.engine_ms)

    def _look_again(self, _: None) -> None:
        batch: list[Input] = []
        if self._gathered is None:
            self.engine.touch_everything()
        else:
            batch, self._gathered = self._gathered, []
        self._listen(self.engine.handle(batch, self.engine_ms))
        self.at(self.now_ms + (self._rechecks.every_ms or 0), self._look_again, None)


def refuse(event: Rejected) -> None:
    """Nothing can go on. Raises :class:`SimulationError`."""
    raise SimulationError(f"{event.command} {event.target}: {event.detail}")
