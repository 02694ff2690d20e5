"""The customers' side of a run: they get in touch, wait, give up, and come again."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Final

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.streams import Seed, drawn, key_of
from benchmarks.scenario.workload import Contact, contact_id
from benchmarks.simulator.creates import creators_of
from benchmarks.simulator.desks import Desks
from benchmarks.simulator.kernel import Kernel, refuse
from benchmarks.simulator.tally import Tally, TypeTally
from router.commands import Cancel, Update
from router.events import InteractionDiverted, OfferAccepted, Rejected

__all__ = ("Customers",)

AGAIN: Final = 11
AFTER: Final = 12
PATIENCE: Final = 13
"""What is drawn of a retrial: whether it comes, after which time, and how patient it is."""

TURNED_AWAY: Final = frozenset(("quota_exceeded", "intake_closed"))
"""Refusals by which a policy lets no more in; any other is a fault of the scenario."""


@dataclass(slots=True)
class _Waiting:
    """A contact that waits: since when, in which attempt, and where it is counted (if at all)."""

    contact: Contact
    interaction_id: str
    came_ms: float
    attempt: int
    tally: TypeTally | None


class Customers:
    """Everybody who gets in touch, on one kernel.

    ``pending`` counts the contacts that count and have not ended; ``arrived``, ``served`` and
    ``abandoned`` count attempts since the beginning.
    """

    def __init__(
        self,
        scenario: Scenario,
        kernel: Kernel,
        desks: Desks,
        seed: Seed,
        look_again_ms: int | None = None,
    ) -> None:
        self.pending = 0
        self.arrived = self.served = self.abandoned = 0
        self.waiting: dict[str, _Waiting] = {}
        self.depth_max = 0
        self.tally: Tally | None = None
        self._kernel, self._desks = kernel, desks
        self._kinds = list(scenario.types.values())
        self._creators = creators_of(scenario)
        self._keys = [key_of(seed, "types", name, "again") for name in scenario.types]
        self._places = scenario.places
        self._limited = any(kind.places is not None for kind in self._kinds)
        self._is_limited = self._limited or self._places is not None
        self._waiting_by_kind = [0] * len(self._kinds)
        self._look_again_ms = look_again_ms
        kernel.hear[OfferAccepted] = self._accepted
        kernel.hear[InteractionDiverted] = self._diverted
        kernel.hear[Rejected] = self._refused

    @property
    def depth(self) -> int:
        """How many wait, those included to whom an agent is just about to turn."""
        return len(self.waiting)

    def arrive(self, contact: Contact) -> None:
        """Somebody gets in touch, for the first time."""
        counted = None if self.tally is None else self.tally.types[contact.kind]
        if counted is not None:
            counted.fresh += 1
            counted.brought_s += contact.handle_s
            self.pending += 1
        self._try(contact, contact.patience_s, 1, counted)

    def _try(
        self, contact: Contact, patience_s: float, attempt: int, counted: TypeTally | None
    ) -> None:
        """An attempt: served at once, or waiting if there is a place."""
        kernel, now_ms = self._kernel, self._kernel.now_ms
        interaction_id = contact_id(contact)
        if attempt > 1:
            interaction_id = f"{interaction_id}r{attempt}"
        waiting = _Waiting(contact, interaction_id, now_ms, attempt, counted)
        self.waiting[interaction_id] = waiting
        self._waiting_by_kind[contact.kind] += 1
        self.arrived += 1
        if counted is not None:
            counted.offered += 1
            counted.knowing += contact.knows >= 0
        kernel.tell(self._creators[contact.kind](interaction_id, contact))
        if interaction_id not in self.waiting:
            return
        if self._is_limited and self._finds_no_place(waiting):
            self._turn_away(waiting)
            return
        self.depth_max = max(self.depth_max, len(self.waiting))
        if isfinite(patience_s):
            kernel.at(now_ms + patience_s * 1_000, self._give_up, interaction_id)
        if self._look_again_ms is not None:
            kernel.at(now_ms + self._look_again_ms, self._look_again, interaction_id)

    def _finds_no_place(self, waiting: _Waiting) -> bool:
        """Whether more wait than there are places, those left out who are being offered."""
        ringing = self._desks.ringing
        if waiting.interaction_id in ringing:
            return False
        if self._places is not None and len(self.waiting) - len(ringing) > self._places:
            return True
        own = self._kinds[waiting.contact.kind].places
        return own is not None and self._waiting_by_kind[waiting.contact.kind] > own

    def _turn_away(self, waiting: _Waiting) -> None:
        self._remove(waiting.interaction_id)
        if waiting.tally is not None:
            waiting.tally.blocked += 1
        self._kernel.tell(Cancel(interaction_id=waiting.interaction_id, reason="blocked"))
        self._come_again(waiting)

    def _give_up(self, interaction_id: str) -> None:
        waiting = self._remove(interaction_id)
        if waiting is None:
            return
        self.abandoned += 1
        if waiting.tally is not None:
            waiting.tally.gave_up_s.append((self._kernel.now_ms - waiting.came_ms) / 1_000)
        self._kernel.tell(Cancel(interaction_id=interaction_id))
        self._come_again(waiting)

    def _come_again(self, waiting: _Waiting) -> None:
        """Try again after a while, or have it ended."""
        contact, attempt = waiting.contact, waiting.attempt
        retrials = self._kinds[contact.kind].retrials
        key = self._keys[contact.kind]
        if (
            retrials is not None
            and attempt <= retrials.at_most
            and drawn(key, contact.number, AGAIN, attempt) < retrials.share
        ):
            after_s = retrials.after.quantile(drawn(key, contact.number, AFTER, attempt))
            self._kernel.at(self._kernel.now_ms + after_s * 1_000, self._retry, waiting)
        elif waiting.tally is not None:
            self.pending -= 1

    def _retry(self, waiting: _Waiting) -> None:
        contact, attempt = waiting.contact, waiting.attempt
        patience, patience_s = self._kinds[contact.kind].patience, contact.patience_s
        if patience is not None:
            key = self._keys[contact.kind]
            patience_s = patience.quantile(drawn(key, contact.number, PATIENCE, attempt))
        self._try(contact, patience_s, attempt + 1, waiting.tally)

    def _accepted(self, event: OfferAccepted) -> None:
        waiting = self._remove(event.interaction_id)
        if waiting is None:
            return
        contact, counted = waiting.contact, waiting.tally
        agent = self._desks.begin(contact, event)
        self.served += 1
        if counted is not None:
            self.pending -= 1
            counted.waits_s.append((self._kernel.now_ms - waiting.came_ms) / 1_000)
            counted.agents.append(agent)
            counted.knew.append(contact.knows)

    def _diverted(self, event: InteractionDiverted) -> None:
        """The policy has sent it away: here it is over."""
        waiting = self._remove(event.interaction_id)
        if waiting is not None and waiting.tally is not None:
            waiting.tally.diverted += 1
            self.pending -= 1

    def _refused(self, event: Rejected) -> None:
        """The policy lets no more in: for whoever gets in touch it is as if there were no place."""
        is_full = event.code in TURNED_AWAY and event.command == "create"
        waiting = self._remove(event.target) if is_full else None
        if waiting is None:
            refuse(event)
            return
        if waiting.tally is not None:
            waiting.tally.blocked += 1
        self._come_again(waiting)

    def _look_again(self, interaction_id: str) -> None:
        if interaction_id in self.waiting:
            # a change of nothing: whoever is updated looks for an agent anew
            self._kernel.tell(Update(interaction_id=interaction_id, priority=0))

    def _remove(self, interaction_id: str) -> _Waiting | None:
        waiting = self.waiting.pop(interaction_id, None)
        if waiting is not None:
            self._waiting_by_kind[waiting.contact.kind] -= 1
            self._desks.forget(interaction_id)
        return waiting
