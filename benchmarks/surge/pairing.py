"""Who could serve whom at this moment: free agents and waiting contacts, paired as well as can be.

A contact may claim that an agent was free for it only if that agent is not needed for those who
came before. So all who wait are paired with free agents, as many as possible (a maximum matching,
kept up by augmenting paths), and claims are made by pair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

__all__ = ("Pairing",)


class Pairing:
    """Contacts by type, agents by kind; ``serves[kind][type]`` says who may have what."""

    def __init__(self, serves: Sequence[Sequence[bool]]) -> None:
        kinds, types = len(serves), len(serves[0]) if serves else 0
        self._kinds_of = [[k for k in range(kinds) if serves[k][t]] for t in range(types)]
        self._types_of = [[t for t in range(types) if serves[k][t]] for k in range(kinds)]
        self._spare: list[dict[int, None]] = [{} for _ in range(kinds)]
        self._wanting: list[dict[int, None]] = [{} for _ in range(types)]
        self._pairs: list[dict[int, dict[int, int]]] = [{} for _ in range(kinds)]
        """By kind and type: contacts with the agents that they are paired with, oldest first."""

        self._contacts: dict[int, tuple[int, int | None]] = {}
        """Type, and the agent that a contact is paired with."""

        self._agents: dict[int, tuple[int, int | None]] = {}
        self.spare = 0
        """Free agents without a contact."""

        self.wanting = 0
        """Waiting contacts without an agent."""

    def agent_of(self, contact: int) -> int | None:
        """With whom a contact is paired."""
        return self._contacts[contact][1] if contact in self._contacts else None

    def contact_of(self, agent: int) -> int | None:
        """With whom an agent is paired."""
        return self._agents[agent][1] if agent in self._agents else None

    def is_waiting(self, contact: int) -> bool:
        """Whether a contact is here."""
        return contact in self._contacts

    def is_free(self, agent: int) -> bool:
        """Whether an agent is here."""
        return agent in self._agents

    def add_contact(self, contact: int, kind: int) -> bool:
        """Somebody waits, of type ``kind``; whether there is an agent for them too."""
        self._contacts[contact] = (kind, None)
        self._wanting[kind][contact] = None
        self.wanting += 1
        return self._serve_type(kind)

    def add_agent(self, agent: int, kind: int) -> bool:
        """An agent of a kind is free; whether there is work that nobody else was there for."""
        self._agents[agent] = (kind, None)
        self._spare[kind][agent] = None
        self.spare += 1
        return self._employ_kind(kind)

    def remove_contact(self, contact: int) -> int | None:
        """Somebody waits no longer; the agent who has lost them and found nobody else."""
        kind, agent = self._contacts.pop(contact)
        if agent is None:
            del self._wanting[kind][contact]
            self.wanting -= 1
            return None
        where = self._agents[agent][0]
        self._unpair(contact, kind, agent, where)
        self._spare[where][agent] = None
        self.spare += 1
        return None if self._employ_kind(where) else agent

    def remove_agent(self, agent: int) -> int | None:
        """An agent is not free any more; the contact that has lost them and found nobody else."""
        where, contact = self._agents.pop(agent)
        if contact is None:
            del self._spare[where][agent]
            self.spare -= 1
            return None
        kind = self._contacts[contact][0]
        self._unpair(contact, kind, agent, where)
        self._wanting[kind][contact] = None
        self.wanting += 1
        return None if self._serve_type(kind) else contact

    def _serve_type(self, kind: int) -> bool:
        """Look for a spare agent for a type, moving others' pairs where that helps."""
        if not self.spare:
            return False
        came_by: dict[int, tuple[int, int]] = {}
        looked_at, line = {kind}, deque((kind,))
        while line:
            here = line.popleft()
            for where in self._kinds_of[here]:
                if self._spare[where]:
                    self._pass_on(here, where, came_by)
                    return True
            for where in self._kinds_of[here]:
                for other in self._new(self._pairs[where], looked_at):
                    came_by[other] = (here, where)
                    line.append(other)
        return False

    def _pass_on(self, here: int, where: int, came_by: dict[int, tuple[int, int]]) -> None:
        """``here`` takes a spare agent of ``where``, and leaves theirs to who asked before."""
        agent = next(iter(self._spare[where]))
        while here in came_by:
            before, freed = came_by[here]
            contact, taken = next(iter(self._pairs[freed][here].items()))
            self._unpair(contact, here, taken, freed)
            self._wanting[here][contact] = None
            self.wanting += 1
            self._spare[freed][taken] = None
            self.spare += 1
            self._pair(contact, here, agent, where)
            agent, where, here = taken, freed, before
        self._pair(next(iter(self._wanting[here])), here, agent, where)

    def _employ_kind(self, where: int) -> bool:
        """Look for somebody who wants, for a spare agent of a kind."""
        if not self.wanting:
            return False
        came_by: dict[int, tuple[int, int]] = {}
        looked_at, line = {where}, deque((where,))
        while line:
            here = line.popleft()
            for kind in self._types_of[here]:
                if self._wanting[kind]:
                    self._hand_on(here, kind, came_by)
                    return True
            for kind in self._types_of[here]:
                for other in self._kinds_of[kind]:
                    if other not in looked_at and self._pairs[other].get(kind):
                        looked_at.add(other)
                        came_by[other] = (here, kind)
                        line.append(other)
        return False

    def _hand_on(self, here: int, kind: int, came_by: dict[int, tuple[int, int]]) -> None:
        """Who wants takes an agent of ``here``, whose contact takes one of who asked before."""
        contact = next(iter(self._wanting[kind]))
        while here in came_by:
            before, moved = came_by[here]
            other, taken = next(iter(self._pairs[here][moved].items()))
            self._unpair(other, moved, taken, here)
            self._wanting[moved][other] = None
            self.wanting += 1
            self._spare[here][taken] = None
            self.spare += 1
            self._pair(contact, kind, taken, here)
            contact, kind, here = other, moved, before
        self._pair(contact, kind, next(iter(self._spare[here])), here)

    def _pair(self, contact: int, kind: int, agent: int, where: int) -> None:
        del self._wanting[kind][contact]
        self.wanting -= 1
        del self._spare[where][agent]
        self.spare -= 1
        self._pairs[where].setdefault(kind, {})[contact] = agent
        self._contacts[contact] = (kind, agent)
        self._agents[agent] = (where, contact)

    def _unpair(self, contact: int, kind: int, agent: int, where: int) -> None:
        """Take a pair apart; whoever stays is put back by the caller."""
        of_kind = self._pairs[where][kind]
        del of_kind[contact]
        if not of_kind:
            del self._pairs[where][kind]
        if contact in self._contacts:
            self._contacts[contact] = (kind, None)
        if agent in self._agents:
            self._agents[agent] = (where, None)

    @staticmethod
    def _new(pairs: Iterable[int], looked_at: set[int]) -> list[int]:
        found = [kind for kind in pairs if kind not in looked_at]
        looked_at.update(found)
        return found
