"""docs/waits.md by brute force: waits from a log of all that has come and gone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt

from router import events as ev
from tests.oracle.things import Interaction

REMEMBERED = 33
LEAST = 5
HALF_AN_HOUR_MS = 30 * 60_000
NINE_TENTHS = 1.2815515655446004

_FAILED = ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded


def line_of(interactions: dict[str, Interaction], event: ev.Event) -> str | None:
    """The queue in which the interaction of an event waits; None: in none."""
    interaction = interactions.get(getattr(event, "interaction_id", ""))
    return interaction.queue if interaction and interaction.state == "queued" else None


@dataclass
class Line:
    """Everything that has happened in one queue: how many waited when, who went and who left.

    ``went`` and ``left`` name the moment and how many entries of the other there were by then.
    """

    lengths: list[tuple[int, int]] = field(default_factory=list)
    went: list[tuple[int, int]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        return self.lengths[-1][1] if self.lengths else 0

    def busy_ms(self, begin_ms: int, end_ms: int) -> int:
        """The time in between in which somebody waited."""
        busy_ms, until_ms = 0, end_ms
        for at_ms, waiting in reversed(self.lengths):
            if waiting:
                busy_ms += max(0, min(until_ms, end_ms) - max(at_ms, begin_ms))
            if at_ms <= begin_ms:
                break
            until_ms = at_ms
        return busy_ms


class Lines:
    """The lines of all queues, from the moves of those who wait."""

    def __init__(self) -> None:
        self.of: defaultdict[str, Line] = defaultdict(Line)
        self._came_ms: dict[str, int] = {}
        self._counted: dict[str, str] = {}

    def see(self, event: ev.Event, before: str | None, after: str | None, now_ms: int) -> None:
        """One event has moved an interaction out of one line (None: none), into another."""
        if before == after:
            return
        if before is not None:
            self._goes(event, before, now_ms)
        if after is not None:
            self._comes(event, after, now_ms)

    def keep_only(self, queues: set[str]) -> None:
        for queue in self.of.keys() - queues:
            del self.of[queue]

    def wait_at(self, queue: str, place: int, now_ms: int) -> tuple[int, int, int] | None:
        """Wait, low and high in ms of whoever stands there; None: nobody knows."""
        line = self.of[queue]
        if not line.went:
            return None
        last_ms = line.went[-1][0]
        known = [(at_ms, left) for at_ms, left in line.went if at_ms >= last_ms - HALF_AN_HOUR_MS]
        begin_ms, left_before = known[0]
        span_ms = line.busy_ms(begin_ms, now_ms)
        idle_ms = (now_ms - last_ms) - line.busy_ms(last_ms, now_ms)
        if len(known) - 1 < LEAST or span_ms == 0 or idle_ms > HALF_AN_HOUR_MS:
            return None
        impatience = sum(line.left[left_before:]) / 1_000_000
        departures = (len(known) - 1) + impatience * (place - 1) / 2
        wait_ms = span_ms * place / departures
        low, high = _roots(1 / (9 * place), 1 / (9 * departures))
        return int(wait_ms), int(wait_ms * low**3), int(wait_ms * high**3)

    def advance_ms(self, queue: str) -> int:
        """How much time passed between two departures on average; 0: nobody knows."""
        went = [at_ms for at_ms, _ in self.of[queue].went]
        known = [at_ms for at_ms in went if at_ms >= went[-1] - HALF_AN_HOUR_MS]
        if len(known) - 1 < LEAST:
            return 0
        return self.of[queue].busy_ms(known[0], known[-1]) // (len(known) - 1)

    def _goes(self, event: ev.Event, queue: str, now_ms: int) -> None:
        line, name = self.of[queue], getattr(event, "interaction_id", "")
        has_waited = self._came_ms.get(name) != now_ms
        self._counted.pop(name, None)
        if has_waited and isinstance(event, ev.OfferIssued):
            self._counted[name] = queue
            line.went = [*line.went, (now_ms, len(line.left))][-REMEMBERED:]
        elif has_waited:
            line.left.append(1_000_000 // line.waiting)
        line.lengths.append((now_ms, line.waiting - 1))

    def _comes(self, event: ev.Event, queue: str, now_ms: int) -> None:
        name = getattr(event, "interaction_id", "")
        counted = self._counted.pop(name, None) if isinstance(event, _FAILED) else None
        if counted is None:
            self._came_ms[name] = now_ms
        elif counted in self.of:
            self.of[counted].went = self.of[counted].went[:-1]
        line = self.of[queue]
        line.lengths.append((now_ms, line.waiting + 1))


def _roots(a: float, b: float) -> tuple[float, float]:
    """Where ((1 - b) x - (1 - a))² = z² (b x² + a)."""
    square = (1 - b) ** 2 - NINE_TENTHS**2 * b
    linear = -2 * (1 - a) * (1 - b)
    constant = (1 - a) ** 2 - NINE_TENTHS**2 * a
    swing = sqrt(linear**2 - 4 * square * constant)
    return (-linear - swing) / (2 * square), (-linear + swing) / (2 * square)
