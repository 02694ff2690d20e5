"""The generator's own ledger: when an agent was free for an arrival, and work for an agent.

Made after the run from what generator and agents have noted; the router is not asked. An agent is
free from the time at which the work was to end, and busy from an offer on. Where agents can hold
several things at once, only one with nothing in hand counts as free: less is claimed than could be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.surge.facts import FactKind, Facts
from benchmarks.surge.pairing import Pairing
from benchmarks.surge.plan import Plan

__all__ = ("Ledger", "Samples", "keep_ledger")


@dataclass(slots=True)
class Samples:
    """Durations, each with the time at which it began; all in ns."""

    began_ns: list[int] = field(default_factory=list)
    took_ns: list[int] = field(default_factory=list)

    def add(self, began_ns: int, ended_ns: int) -> None:
        """One more."""
        self.began_ns.append(began_ns)
        self.took_ns.append(ended_ns - began_ns)


@dataclass(slots=True)
class Ledger:
    """What it shows."""

    matching: Samples = field(default_factory=Samples)
    """Intended arrival until an offer was readable, where an agent was free at the arrival."""

    idle: Samples = field(default_factory=Samples)
    """Agent free until the next offer was readable, where work was waiting for them."""

    without_agent: int = 0
    """Arrivals for whom no agent was free."""

    without_work: int = 0
    """Times that an agent became free and nothing was waiting."""

    gave_way: int = 0
    """Arrivals whose agent went to somebody more urgent, or left; they do not count."""

    unmet: int = 0
    """Arrivals with a free agent who have never been offered to anybody."""


ORDER: Final = {
    FactKind.WENT: 0,
    FactKind.GAVE_UP: 1,
    FactKind.DECLINED: 2,
    FactKind.WITHDRAWN: 2,
    FactKind.FREED: 3,
    FactKind.CAME: 3,
    FactKind.SENT: 4,
    FactKind.OFFERED: 5,
}
"""What happens first of what happens at one moment. Each at its first time: that it was to be."""


def keep_ledger(plan: Plan, facts: Facts) -> Ledger:
    """Go through the facts of a run in the order of their times."""
    book = _Book(plan)
    for kind, number, other, at_ns in _in_order(facts):
        _FOLLOW[FactKind(kind)](book, number, other, at_ns)
    book.ledger.unmet = len(book.promised)
    return book.ledger


def _in_order(facts: Facts) -> list[list[int]]:
    order: NDArray[np.int64] = np.full(max(FactKind) + 1, -1, dtype=np.int64)
    for kind, place in ORDER.items():
        order[kind] = place
    chosen = facts[order[facts[:, 0]] >= 0]
    chosen = chosen[np.lexsort((order[chosen[:, 0]], chosen[:, 3]))]
    followed: list[list[int]] = chosen[:, :4].tolist()
    return followed


class _Book:
    """Follows the floor from fact to fact."""

    def __init__(self, plan: Plan) -> None:
        self.ledger = Ledger()
        self.promised: dict[int, int] = {}
        """Contacts for whom there was an agent, and when they came."""

        self._pairing = Pairing(plan.serves)
        self._type_of: list[int] = plan.contacts.type_of.tolist()
        self._priority = [int(kind.create.get("priority", 0)) for kind in plan.types]
        self._kind_of = [agent.kind for agent in plan.agents]
        self._held = [0] * len(plan.agents)
        self._is_here = [False] * len(plan.agents)
        self._idle_since: dict[int, int] = {}
        """Agents for whom there was work when they became free, and when that was."""

        self._asked: set[int] = set()

    def arrive(self, contact: int, _: int, at_ns: int) -> None:
        """Somebody gets in touch."""
        if self._pairing.add_contact(contact, self._type_of[contact]):
            self.promised[contact] = at_ns
        else:
            self.ledger.without_agent += 1

    def offer(self, contact: int, agent: int, at_ns: int) -> None:
        """An agent can read an offer."""
        came_ns = self.promised.pop(contact, None)
        if came_ns is not None:
            self.ledger.matching.add(came_ns, at_ns)
        since_ns = self._idle_since.pop(agent, None)
        if since_ns is not None:
            self.ledger.idle.add(since_ns, at_ns)
        self._asked.add(contact)
        if self._pairing.is_waiting(contact):
            self._take_from(self._pairing.remove_contact(contact), agent, at_ns)
        self._held[agent] += 1
        if self._pairing.is_free(agent):
            self._give_way(self._pairing.remove_agent(agent), self._type_of[contact])

    def free(self, _: int, agent: int, at_ns: int) -> None:
        """An agent is done with something."""
        self._held[agent] = max(0, self._held[agent] - 1)
        self._become_free(agent, at_ns)

    def come(self, agent: int, _: int, at_ns: int) -> None:
        """An agent is there."""
        self._is_here[agent] = True
        self._become_free(agent, at_ns)

    def go(self, agent: int, _: int, at_ns: int) -> None:
        """An agent is not there any more."""
        del at_ns
        self._is_here[agent] = False
        self._idle_since.pop(agent, None)
        if self._pairing.is_free(agent):
            self._give_way(self._pairing.remove_agent(agent), None)

    def give_up(self, contact: int, _: int, at_ns: int) -> None:
        """Somebody waits no longer."""
        self.promised.pop(contact, None)
        if self._pairing.is_waiting(contact):
            self._take_from(self._pairing.remove_contact(contact), None, at_ns)

    def _become_free(self, agent: int, at_ns: int) -> None:
        if self._held[agent] or not self._is_here[agent] or self._pairing.is_free(agent):
            return
        if self._pairing.add_agent(agent, self._kind_of[agent]):
            self._idle_since[agent] = at_ns
        else:
            self.ledger.without_work += 1

    def _take_from(self, agent: int | None, taker: int | None, at_ns: int) -> None:
        """What an agent was idle beside has gone elsewhere: so long were they idle at least."""
        if agent is None or agent == taker:
            return
        since_ns = self._idle_since.pop(agent, None)
        if since_ns is not None:
            self.ledger.idle.add(since_ns, at_ns)

    def _give_way(self, contact: int | None, to: int | None) -> None:
        """Somebody has lost their agent, for good reason or not."""
        if contact is None or contact not in self.promised:
            return
        if to is None or self._priority[to] > self._priority[self._type_of[contact]]:
            del self.promised[contact]
            self.ledger.gave_way += 1


_FOLLOW: Final = {
    FactKind.SENT: _Book.arrive,
    FactKind.OFFERED: _Book.offer,
    FactKind.FREED: _Book.free,
    FactKind.WITHDRAWN: _Book.free,
    FactKind.DECLINED: _Book.free,
    FactKind.CAME: _Book.come,
    FactKind.WENT: _Book.go,
    FactKind.GAVE_UP: _Book.give_up,
}
