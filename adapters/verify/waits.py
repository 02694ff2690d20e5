"""Places in queues and estimated waits: is what somebody was told right?

Written from docs/waits.md alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, NamedTuple, Protocol

from adapters.verify.queue_terms import ONE_PPM
from adapters.verify.wire import Event

__all__ = ("Line", "Lines", "Told", "advance_ms")

_REMEMBERED: Final = 33
_LEAST: Final = 5
_HALF_AN_HOUR_MS: Final = 1_800_000
_NINE_TENTHS: Final = 1.2815515655446004
_FAILED: Final = frozenset(("offer_declined", "offer_expired", "offer_rescinded"))


class Told(NamedTuple):
    """An estimate in ms, as an event tells it."""

    wait_ms: int
    low_ms: int
    high_ms: int

    def is_near(self, other: Told) -> bool:
        """Whether they differ by what rounding may have done, at most."""
        return all(abs(a - b) <= 1 for a, b in zip(self, other, strict=True))


class _Mark(NamedTuple):
    """Where the clocks of a line stood when somebody left it for an agent."""

    at_ms: int
    busy_ms: int
    left_ppm: int


class _Left(Protocol):
    @property
    def at_ms(self) -> int: ...
    @property
    def busy_ms(self) -> int: ...


def advance_ms(marks: Sequence[_Left]) -> int:
    """The mean time between the last who have left a line for agents, while somebody waited; 0
    where too little is known."""
    young = [one for one in marks if marks[-1].at_ms - one.at_ms <= _HALF_AN_HOUR_MS]
    if len(young) <= _LEAST:
        return 0
    return (young[-1].busy_ms - young[0].busy_ms) // (len(young) - 1)


@dataclass(slots=True)
class Line:
    """Who waits in one queue, and how the last have left."""

    waiting: dict[str, None] = field(default_factory=dict)
    marks: list[_Mark] = field(default_factory=list)
    left_ppm: int = 0
    _busy_ms: int = 0
    _seen_ms: int = 0

    def see(self, now_ms: int) -> None:
        """Time has come so far; its clock runs while somebody waits."""
        if self.waiting:
            self._busy_ms += now_ms - self._seen_ms
        self._seen_ms = now_ms

    def mark(self, now_ms: int) -> None:
        """Somebody who has waited goes to an agent."""
        self.marks = [*self.marks, _Mark(now_ms, self._busy_ms, self.left_ppm)][-_REMEMBERED:]

    def wait(self, place: int, now_ms: int) -> Told | None:
        """The wait of who stands at this place; None: too little is known."""
        self.see(now_ms)
        if not self.marks:
            return None
        last = self.marks[-1]
        young = [one for one in self.marks if last.at_ms - one.at_ms <= _HALF_AN_HOUR_MS]
        span_ms = self._busy_ms - young[0].busy_ms
        idle_ms = (now_ms - last.at_ms) - (self._busy_ms - last.busy_ms)
        if len(young) <= _LEAST or not span_ms or idle_ms > _HALF_AN_HOUR_MS:
            return None
        impatience = (self.left_ppm - young[0].left_ppm) / ONE_PPM
        departures = len(young) - 1 + impatience * (place - 1) / 2
        wait_ms = span_ms * place / departures
        low, high = _tenths(place, departures)
        return Told(int(wait_ms), int(wait_ms * low), int(wait_ms * high))


class Lines:
    """The line of each queue, from what the events say of those who wait."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._came_ms: dict[str, int] = {}
        self._counted: dict[str, str] = {}

    def of(self, queue: str) -> Line:
        """The line of a queue."""
        return self._lines.setdefault(queue, Line())

    def keep(self, queues: Collection[str]) -> None:
        """A policy has these queues and no others."""
        self._lines = {name: line for name, line in self._lines.items() if name in queues}

    def moved(self, event: Event, before: str | None, after: str | None, now_ms: int) -> None:
        """An event has taken an interaction out of a line (None: none) into another."""
        if event["type"] == "offer_accepted":
            self._counted.pop(event["interaction_id"], None)
        if before == after:
            return
        if before is not None:
            self._goes(event, before, now_ms)
        if after is not None:
            self._comes(event, after, now_ms)

    def wait_of_next(self, queue: str, now_ms: int) -> int | None:
        """How long whoever comes now waits; None: not known."""
        line = self.of(queue)
        if not line.waiting:
            return 0
        told = line.wait(len(line.waiting) + 1, now_ms)
        return told and told.wait_ms

    def _goes(self, event: Event, queue: str, now_ms: int) -> None:
        line, interaction_id = self.of(queue), event["interaction_id"]
        line.see(now_ms)
        has_waited = self._came_ms.pop(interaction_id, -1) != now_ms
        if has_waited and event["type"] == "offer_issued":
            line.mark(now_ms)
            self._counted[interaction_id] = queue
        elif has_waited:
            line.left_ppm += ONE_PPM // max(1, len(line.waiting))
        line.waiting.pop(interaction_id, None)

    def _comes(self, event: Event, queue: str, now_ms: int) -> None:
        interaction_id = event["interaction_id"]
        counted = self._counted.pop(interaction_id, "") if event["type"] in _FAILED else ""
        if not counted:
            self._came_ms[interaction_id] = now_ms
        elif counted in self._lines:
            del self._lines[counted].marks[-1:]
        line = self.of(queue)
        line.see(now_ms)
        line.waiting[interaction_id] = None


def _tenths(place: int, departures: float) -> Iterator[float]:
    """The cubes of the roots of ((1 - b) x - (1 - a))² = z² (b x² + a)."""
    a, b = 1 / (9 * place), 1 / (9 * departures)
    square = (1 - b) ** 2 - _NINE_TENTHS**2 * b
    half = (1 - a) * (1 - b)
    swing = _NINE_TENTHS * sqrt(a * (1 - b) ** 2 + b * (1 - a) ** 2 - _NINE_TENTHS**2 * a * b)
    return (((half + sign * swing) / square) ** 3 for sign in (-1, 1))
