"""How well agents fitted what they answered, by interval: the skill term of those who did, and
whether the customer got one of the agents who know them.

Told of the first answer to each interaction, from the record of the decision that led to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from adapters.statistics.windows import Intervals
from router import events as ev
from router.record import Record

__all__ = ("Fit", "fits_of_intervals")


@dataclass(slots=True)
class Fit:
    """Sums of one queue and channel. ``scored`` are answers of which a decision told the skill
    term; ``known`` interactions whose history named agents."""

    scored: int = 0
    skill_ppm: int = 0
    known: int = 0
    preferred: int = 0


class _Waiting(NamedTuple):
    queue: str
    channel: str
    preferred: frozenset[str]


class _Fits:
    """Folds events; forgets each interaction with its first answer."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._terms: dict[str, int] = {}
        self.cells: defaultdict[tuple[str, str], Fit] = defaultdict(Fit)

    def fold(self, record: Record) -> None:
        """Take in a record."""
        for event in record.events:
            if isinstance(event, ev.InteractionCreated):
                names = frozenset(agent_id for agent_id, _ in event.preferred)
                self._waiting[event.interaction_id] = _Waiting(event.queue, event.channel, names)
            elif isinstance(event, ev.InteractionMoved | ev.InteractionReclassified):
                found = self._waiting.get(event.interaction_id)
                if found is not None:
                    self._waiting[event.interaction_id] = found._replace(queue=event.queue)
            elif isinstance(event, ev.OfferIssued):
                self._issued(event)
            elif isinstance(event, ev.OfferAccepted):
                self._accepted(event)
            elif isinstance(event, ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded):
                self._terms.pop(event.offer_id, None)
            elif isinstance(event, ev.InteractionCancelled | ev.InteractionDiverted):
                self._waiting.pop(event.interaction_id, None)

    def _issued(self, event: ev.OfferIssued) -> None:
        for candidate in event.decision.best:
            if candidate.agent_id == event.agent_id:
                self._terms[event.offer_id] = candidate.skill

    def _accepted(self, event: ev.OfferAccepted) -> None:
        skill_ppm = self._terms.pop(event.offer_id, None)
        found = self._waiting.pop(event.interaction_id, None)
        if found is None:
            return  # it was answered before, or came before what is told here
        cell = self.cells[found.queue, found.channel]
        if skill_ppm is not None:
            cell.scored += 1
            cell.skill_ppm += skill_ppm
        if found.preferred:
            cell.known += 1
            cell.preferred += event.agent_id in found.preferred


def fits_of_intervals(records: Iterable[Record], intervals: Intervals) -> Iterator[dict[str, Any]]:
    """The sums of each interval, as plain values: ``from_ms`` and ``rows``."""
    fits, ahead = _Fits(), iter(records)
    record = next(ahead, None)
    for interval in intervals:
        while record is not None and record.now_ms < interval.end_ms:
            fits.fold(record)
            if record.now_ms < interval.begin_ms:
                fits.cells.clear()  # before the first interval
            record = next(ahead, None)
        rows = [
            {
                "queue": queue,
                "channel": channel,
                "scored": fit.scored,
                "skill_ppm": fit.skill_ppm,
                "known": fit.known,
                "preferred": fit.preferred,
            }
            for (queue, channel), fit in fits.cells.items()
        ]
        yield {"from_ms": interval.begin_ms, "rows": rows}
        fits.cells.clear()
