"""What became of a period: really, or in a replay. Both are told by the same fold.

Counts are those of ``onequeue stats`` (``adapters/statistics``), so that a service level is one and
the same everywhere; beside them stands what became of each interaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct, field

from adapters.statistics.figures import Moment
from adapters.statistics.grouping import AGENT
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from benchmarks.preview.occupied import WORK, AtWork, MayServe, Occupied
from router import events as ev
from router.events import Event
from router.record import FORMAT, GENESIS, NO_POSITION, Record

__all__ = ("ABANDONED", "ANSWERED", "DIVERTED", "OPEN", "REFUSED", "Outcome", "Watch")

OPEN: Final = 0
ANSWERED: Final = 1
ABANDONED: Final = 2
DIVERTED: Final = 3
REFUSED: Final = 4
"""What became of an interaction until the period ended; refused: never taken in."""

GROUPINGS: Final = (("queue",), ("channel",))
STAFFED_SHARE_MIN: Final = 0.05
"""Of the period: agents who were there for less do not count in the spread of occupancy."""

Fate: TypeAlias = tuple[int, int, int, int, int, int]


class Outcome(Struct):
    """What became of a period, as counts and interaction by interaction.

    The lists are parallel to the recording's cases: ``ends`` (``ANSWERED`` ...), ``agents`` (places
    in ``agent_ids`` of who took it first, or -1), ``waited_ms`` until then or until the customer
    left, ``places`` (in ``place_names``: queue and channel at that time), ``skill_ppm`` (the skill
    term of that agent, -1: not told) and ``knew`` (1: the agent whom history names first; 0:
    another; -1: it names none). ``occupancy`` is by agent, of who was there for long enough;
    ``at_work`` by queue and channel, of those who may serve it.
    """

    total: dict[str, Any]
    queues: dict[str, dict[str, Any]]
    channels: dict[str, dict[str, Any]]
    staff: dict[str, Any]
    occupancy: dict[str, float]
    ends: list[int]
    agents: list[int]
    waited_ms: list[int]
    places: list[int]
    skill_ppm: list[int]
    knew: list[int]
    agent_ids: list[str]
    place_names: list[tuple[str, str]]
    at_work: list[AtWork] = field(default_factory=list)
    noted: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Watch:
    """Takes in events of a period, and makes an outcome of them.

    ``before`` are events that stand for all that was before the period, with their times; see
    ``beginning.py``.
    """

    def __init__(
        self, from_ms: int, to_ms: int, before: Sequence[tuple[int, Event]], places: dict[str, int]
    ) -> None:
        self._from_ms, self._to_ms = from_ms, to_ms
        intervals = Intervals(ZoneInfo("UTC"), 0, Span(from_ms, to_ms))
        self._statistics = Statistics(intervals, (*GROUPINGS, AGENT))
        for at_ms, event in before:
            self._fold((event,), at_ms)
        self._cases = places
        self._fates: dict[int, Fate] = {}
        self._terms: dict[str, int] = {}
        self._agents: dict[str, int] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._stands: dict[str, tuple[str, str]] = {}
        self._best: dict[str, frozenset[str]] = {}
        self._occupied = Occupied(from_ms, to_ms)
        self._looks: dict[type, Callable[[Any], None]] = {
            ev.OfferIssued: self._issued,
            ev.OfferAccepted: self._accepted,
            ev.InteractionCreated: self._created,
            ev.InteractionCancelled: self._cancelled,
            ev.InteractionDiverted: self._diverted,
            **dict.fromkeys((ev.InteractionMoved, ev.InteractionReclassified), self._moved),
            **dict.fromkeys((ev.OfferDeclined, ev.OfferExpired, ev.OfferRescinded), self._missed),
        }
        for at_ms, event in before:
            self._look(event, at_ms)
        self._fates.clear()

    def take(self, events: Sequence[Event], now_ms: int) -> None:
        """Take in what has happened at a moment of the period."""
        self._fold(events, now_ms)
        for event in events:
            self._look(event, now_ms)

    def _look(self, event: Any, at_ms: int) -> None:
        kind = type(event)
        look = self._looks.get(kind)
        if look is not None:
            look(event)
        if kind in WORK:
            stands = self._stands.get(event.interaction_id, ("", ""))
            self._occupied.take(event, stands, at_ms)

    def _fold(self, events: Sequence[Event], now_ms: int) -> None:
        self._statistics.fold(
            Record(
                v=FORMAT,
                now_ms=now_ms,
                position=NO_POSITION,
                consumed=0,
                prev=GENESIS,
                events=list(events),
            )
        )

    def _issued(self, event: ev.OfferIssued) -> None:
        best = (one.skill for one in event.decision.best if one.agent_id == event.agent_id)
        self._terms[event.offer_id] = next(best, -1)

    def _missed(self, event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded) -> None:
        self._terms.pop(event.offer_id, None)

    def _created(self, event: ev.InteractionCreated) -> None:
        self._stands[event.interaction_id] = event.queue, event.channel
        if event.preferred:
            self._best[event.interaction_id] = _best_known(event.preferred)

    def _moved(self, event: ev.InteractionMoved | ev.InteractionReclassified) -> None:
        _, channel = self._stands.get(event.interaction_id, ("", ""))
        self._stands[event.interaction_id] = event.queue, channel

    def _cancelled(self, event: ev.InteractionCancelled) -> None:
        self._end(event.interaction_id, ABANDONED, -1, event.waited_ms, -1)

    def _diverted(self, event: ev.InteractionDiverted) -> None:
        self._end(event.interaction_id, DIVERTED, -1, event.waited_ms, -1)

    def _accepted(self, event: ev.OfferAccepted) -> None:
        agent = self._agents.setdefault(event.agent_id, len(self._agents))
        skill = self._terms.pop(event.offer_id, -1)
        name = event.interaction_id
        best = self._best.get(name)
        knew = -1 if best is None else int(event.agent_id in best)
        self._end(name, ANSWERED, agent, event.waited_ms, skill, knew)

    def _end(
        self, name: str, end: int, agent: int, waited_ms: int, skill: int, knew: int = -1
    ) -> None:
        """The first end of a wait is what counts."""
        case = self._cases.get(name)
        if case is None or case in self._fates:
            return
        stands = self._stands.get(name, ("", ""))
        place = self._places.setdefault(stands, len(self._places))
        self._fates[case] = end, agent, waited_ms, place, skill, knew

    def outcome(self, may_serve: MayServe = (), refused: Iterable[int] = ()) -> Outcome:
        """All of it, when the period is over; ``refused`` are cases that were never taken in."""
        self._statistics.advance(self._to_ms)
        moment = Moment((), self._to_ms, (self._from_ms,))
        groups = {by: list(moment.rows(self._statistics, by, quiet=False)) for by in GROUPINGS}
        least_s = STAFFED_SHARE_MIN * (self._to_ms - self._from_ms) / 1_000
        agents_rows = list(moment.rows(self._statistics, AGENT, quiet=False))
        staffed_s = {row["agent"]: row["staffed_s"] for row in agents_rows}
        table = np.full((len(self._cases), 6), -1, dtype=np.int64)
        table[:, 0] = OPEN
        for case in refused:
            table[case, 0] = REFUSED
        for case, fate in self._fates.items():
            table[case] = fate
        ends, agents, waited_ms, places, skill_ppm, knew = (each.tolist() for each in table.T)
        return Outcome(
            total=moment.group(self._statistics.everything),
            queues={row.pop("queue"): row for row in groups["queue",]},
            channels={row.pop("channel"): row for row in groups["channel",]},
            staff=moment.staff(self._statistics.staffing.everybody),
            occupancy=_occupancy(agents_rows, least_s),
            ends=ends,
            agents=agents,
            waited_ms=waited_ms,
            places=places,
            skill_ppm=skill_ppm,
            knew=knew,
            agent_ids=list(self._agents),
            place_names=list(self._places),
            at_work=self._occupied.found(may_serve, staffed_s, least_s),
        )


def _occupancy(rows: Iterable[dict[str, Any]], least_s: float) -> dict[str, float]:
    """By agent, of those who were there for so long."""
    return {
        row["agent"]: row["occupancy"]
        for row in rows
        if row["staffed_s"] >= least_s and row["occupancy"] is not None
    }


def _best_known(preferred: tuple[tuple[str, int], ...]) -> frozenset[str]:
    """Those whom history names first."""
    most = max(term for _, term in preferred)
    return frozenset(agent_id for agent_id, term in preferred if term == most)
