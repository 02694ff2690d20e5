"""Pauses: while work waited and somebody was free, how long came no offer? By the ledgers alone.

An interaction waits from the time at which its customer was due (not from when the server had time
for them) until its first offer, and again after an offer that came to nothing. Somebody is free who
is available and has nothing in hand, as soon as they have said so and the server has heard it. In
the scenario whoever is free may serve whatever waits, so an offer is due at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from adapters.redis.stream_ids import StreamId
from benchmarks.chaos.faults import Fault
from benchmarks.chaos.ledger import Acknowledged, Ledger, Told

__all__ = ("Pause", "Timeline", "blame", "timeline_of")

ONSET_MS: Final = 250
"""Work may have been due for so long before a fault that made the pause."""

BY_CUSTOMERS: Final = frozenset(("create", "cancel"))


class Pause(NamedTuple):
    """From the moment at which an offer was due to the offer, in Redis' time."""

    begin_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        """How long it lasted."""
        return self.end_ms - self.begin_ms


class Timeline(NamedTuple):
    """Every stretch of time in which an offer was due, and when offers came; earliest first."""

    pauses: Sequence[Pause]
    offers_ms: Sequence[int]

    @property
    def longest_ms(self) -> int:
        """How long the longest pause lasted."""
        return max((pause.length_ms for pause in self.pauses), default=0)


class _Moment(NamedTuple):
    at_ms: int
    order: int
    line: Acknowledged | Told


class _Floor:
    """Who waits and who is free, moment by moment."""

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._gone: set[str] = set()
        self._available: set[str] = set()
        self._in_hand: dict[str, set[str]] = {}
        self._offers: dict[str, tuple[str, str]] = {}
        self._owner: dict[str, str] = {}
        self._free: set[str] = set()

    @property
    def is_due(self) -> bool:
        """Whether an offer is due."""
        return bool(self._waiting and self._free)

    def take(self, line: Acknowledged | Told) -> bool:
        """Take in what happened next; whether it is an offer that nobody has seen before."""
        if isinstance(line, Acknowledged):
            self._said(line)
            return False
        is_new = line.kind == "offer" and line.offer_id not in self._offers
        if line.kind != "offer" or is_new:
            self._told(line)
        return is_new

    def _said(self, line: Acknowledged) -> None:
        match line.command:
            case "create" if line.subject not in self._gone:
                self._waiting.add(line.subject)
            case "cancel":
                self._leave(line.subject)
            case "decline" if line.subject in self._offers:
                self._let_go(*self._offers[line.subject])
            case "end_wrap_up" if line.subject in self._owner:
                self._let_go(self._owner[line.subject], line.subject)
            case "agent_login" | "agent_state":
                self._turn_to(line.subject, is_available=True)

    def _told(self, line: Told) -> None:
        match line.kind:
            case "offer":
                self._offers[line.offer_id] = (line.agent_id, line.interaction_id)
                self._waiting.discard(line.interaction_id)
                self._in_hand.setdefault(line.agent_id, set()).add(line.interaction_id)
                self._look_at(line.agent_id)
            case "assigned":
                self._owner[line.interaction_id] = line.agent_id
                self._leave(line.interaction_id)
            case "offer_over" | "released":
                self._let_go(line.agent_id, line.interaction_id)
            case "agent_state":
                self._turn_to(line.agent_id, is_available=line.detail == "available")

    def _let_go(self, agent_id: str, interaction_id: str) -> None:
        in_hand = self._in_hand.get(agent_id, set())
        if interaction_id in in_hand and interaction_id not in self._gone:
            self._waiting.add(interaction_id)
        in_hand.discard(interaction_id)
        self._look_at(agent_id)

    def _leave(self, interaction_id: str) -> None:
        # whoever has been answered or has hung up does not wait again
        self._waiting.discard(interaction_id)
        self._gone.add(interaction_id)

    def _turn_to(self, agent_id: str, *, is_available: bool) -> None:
        if is_available:
            self._available.add(agent_id)
        else:
            self._available.discard(agent_id)
        self._look_at(agent_id)

    def _look_at(self, agent_id: str) -> None:
        if agent_id in self._available and not self._in_hand.get(agent_id):
            self._free.add(agent_id)
        else:
            self._free.discard(agent_id)


def timeline_of(ledgers: Iterable[Ledger]) -> Timeline:
    """The pauses and the offers of a run; a pause ends with the offer, or when none is due."""
    floor = _Floor()
    pauses: list[Pause] = []
    offers_ms: list[int] = []
    since_ms: int | None = None
    for moment in sorted(_moments(ledgers), key=lambda moment: moment[:2]):
        offered = floor.take(moment.line)
        if offered:
            offers_ms.append(moment.at_ms)
        if since_ms is not None and (offered or not floor.is_due):
            if moment.at_ms > since_ms:
                pauses.append(Pause(since_ms, moment.at_ms))
            since_ms = None
        if since_ms is None and floor.is_due:
            since_ms = moment.at_ms
    return Timeline(pauses, offers_ms)


def _moments(ledgers: Iterable[Ledger]) -> Iterator[_Moment]:
    for ledger in ledgers:
        for said in ledger.acknowledged:
            if not said.again:
                by_customer = said.command in BY_CUSTOMERS
                yield _Moment(said.due_ms if by_customer else _at_ms(said), 0, said)
        for told in ledger.told:
            # what a record frees comes before what it hands out
            yield _Moment(_at_ms(told), 2 if told.kind == "offer" else 1, told)


def _at_ms(line: Acknowledged | Told) -> int:
    return StreamId.parse(line.entry_id).major


def blame(faults: Sequence[Fault], timeline: Timeline) -> list[tuple[Fault, int]]:
    """Each fault with the longest pause that it made (0: none), in milliseconds.

    A fault is on until the first offer after it. A pause is the work of the gravest fault that was
    on when it began; if none was, of the gravest that came into it. What came into the pause of
    another is left out: nobody can tell what it would have done.
    """
    worst: dict[Fault, int] = {}
    hidden: set[Fault] = set()
    for pause, touching in _touching(faults, timeline):
        culprit = min(touching, key=lambda fault: _guilt(fault, pause))
        worst[culprit] = max(worst.get(culprit, 0), pause.length_ms)
        hidden.update(fault for fault in touching if fault is not culprit and _within(fault, pause))
    return [
        (fault, worst.get(fault, 0)) for fault in faults if fault in worst or fault not in hidden
    ]


def _touching(faults: Sequence[Fault], timeline: Timeline) -> Iterator[tuple[Pause, list[Fault]]]:
    """Pauses with the faults that were on in the course of each, if any."""
    coming = sorted(faults, key=lambda fault: fault.begin_ms)
    at = 0
    on: list[tuple[int, Fault]] = []
    for pause in timeline.pauses:
        while at < len(coming) and coming[at].begin_ms < pause.end_ms:
            on.append((_over_ms(coming[at], timeline), coming[at]))
            at += 1
        on = [(over_ms, fault) for over_ms, fault in on if over_ms > pause.begin_ms]
        if on:
            yield pause, [fault for _, fault in on]


def _over_ms(fault: Fault, timeline: Timeline) -> int:
    following = bisect_right(timeline.offers_ms, fault.end_ms)
    if following == len(timeline.offers_ms):
        return fault.end_ms + 1
    return timeline.offers_ms[following]


def _guilt(fault: Fault, pause: Pause) -> tuple[bool, int, int]:
    kinds = list(type(fault.kind))
    return fault.begin_ms > pause.begin_ms + ONSET_MS, kinds.index(fault.kind), -fault.begin_ms


def _within(fault: Fault, pause: Pause) -> bool:
    return pause.begin_ms <= fault.begin_ms < pause.end_ms
