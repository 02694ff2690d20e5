"""How agents behave: they answer offers, work and wrap up in the times of the plan.

Without a clock and without a connection: whoever drives them says what time it is, gives them what
is read, and sends what is :attr:`Agents.outgoing`.
"""

from __future__ import annotations

import heapq
import time
from enum import IntEnum
from typing import Final

from benchmarks.surge.commands import Accept, Commander, Complete, Decline, EndWrapUp, Entry
from benchmarks.surge.facts import FactKind, FactLog
from benchmarks.surge.plan import AGENT, CONTACT, Plan, agent_number, contact_number
from benchmarks.surge.standing import Stand, Standing

__all__ = ("INBOX", "Agents")

INBOX: Final = "surge"

BACK_AFTER_NS: Final = 5_000_000_000
"""From being called not responding to being back."""

GOLDEN: Final = 0.618_033_988_75
"""Makes further chances out of the one that a contact brings: one for each agent who is asked."""


class Deed(IntEnum):
    """What an agent does when a timer runs out."""

    ANSWER = 1
    DECLINE = 2
    COMPLETE = 3
    END_WRAP_UP = 4
    COME = 5
    GO = 6


class Agents:
    """All agents of a plan."""

    def __init__(self, plan: Plan, commander: Commander, standing: Standing, log: FactLog) -> None:
        self._plan = plan
        contacts = plan.contacts
        self._answer_ns: list[list[int]] = contacts.answer_ns.tolist()
        self._handle_ns: list[list[int]] = contacts.handle_ns.tolist()
        self._wrap_up_ns: list[list[int]] = contacts.wrap_up_ns.tolist()
        self._profile = [agent.profile for agent in plan.agents]
        self._chance: list[float] = contacts.chance.tolist()
        self._wraps_up = [plan.types[kind].wraps_up for kind in contacts.type_of.tolist()]
        self._commander = commander
        self._standing = standing
        self._log = log
        self._timers: list[tuple[int, Deed, int, int, str]] = []
        self._ringing: dict[str, tuple[int, int]] = {}
        self._asked: dict[int, int] = {}
        self._is_open = False
        self.present = 0
        """How many have heard that they are logged in, before the opening."""

        self.outgoing: list[bytes] = []
        """What is to be sent."""

    @property
    def next_ns(self) -> int | None:
        """When the first timer runs out."""
        return self._timers[0][0] if self._timers else None

    def sign_in(self) -> None:
        """Log everybody in; who has shifts is not available yet."""
        for number, agent in enumerate(self._plan.agents):
            login = {"type": "agent_login", "agent_id": AGENT % number, "inbox": INBOX}
            if agent.shifts_ns:
                login["state"] = "unavailable"
            self.outgoing.append(self._commander.of({**login, **agent.login}))

    def open(self, opens_ns: int) -> None:
        """It begins then."""
        self._is_open = True
        for number, agent in enumerate(self._plan.agents):
            if not agent.shifts_ns:
                self._log.note(FactKind.CAME, number, 0, opens_ns, opens_ns)
            for from_ns, until_ns in agent.shifts_ns:
                self._at(opens_ns + from_ns, Deed.COME, number, number)
                self._at(opens_ns + until_ns, Deed.GO, number, number)

    def hear(self, entry: Entry, now_ns: int) -> None:
        """Take in an entry of the work stream."""
        kind = entry.type
        if kind == "offer":
            self._ring(entry, now_ns)
        elif kind == "assigned":
            self._begin(entry, now_ns)
        elif kind == "released":
            self._let_go(entry, now_ns)
        elif kind == "offer_over":
            ringing = self._ringing.pop(entry.offer_id, None)
            if ringing is not None:
                self._log.note(FactKind.WITHDRAWN, *ringing, now_ns, now_ns)
        elif kind == "agent_state":
            self._change_state(entry, now_ns)
        elif kind == "rejected":
            self._take_refusal(entry, now_ns)

    def _ring(self, entry: Entry, now_ns: int) -> None:
        if entry.offer_id in self._ringing:
            return
        contact, agent = contact_number(entry.interaction_id), agent_number(entry.agent_id)
        self._ringing[entry.offer_id] = (contact, agent)
        self._log.note(FactKind.OFFERED, contact, agent, now_ns, now_ns)
        person = self._plan.agents[agent]
        asked = self._asked.get(contact, 0)
        self._asked[contact] = asked + 1
        chance = (self._chance[contact] + asked * GOLDEN) % 1.0
        if chance < person.no_answer_share:
            return
        declines = chance < person.no_answer_share + person.decline_share
        deed = Deed.DECLINE if declines else Deed.ANSWER
        # the next who is asked takes another time: one that is too long must not meet everybody
        due_ns = now_ns + self._answer_ns[(contact + asked) % len(self._answer_ns)][person.profile]
        if due_ns == now_ns:
            self._do(deed, due_ns, contact, agent, entry.offer_id)
        else:
            self._at(due_ns, deed, contact, agent, entry.offer_id)

    def _begin(self, entry: Entry, now_ns: int) -> None:
        if self._ringing.pop(entry.offer_id, None) is None:
            return
        contact, agent = contact_number(entry.interaction_id), agent_number(entry.agent_id)
        handle_ns = self._handle_ns[contact][self._profile[agent]]
        self._at(now_ns + handle_ns, Deed.COMPLETE, contact, agent)

    def _let_go(self, entry: Entry, now_ns: int) -> None:
        contact, agent = contact_number(entry.interaction_id), agent_number(entry.agent_id)
        if entry.reason == "wrapped_up":
            self._standing.bytes[contact] = Stand.ENDED
        self._log.note(FactKind.RELEASED, contact, agent, now_ns, now_ns)

    def _change_state(self, entry: Entry, now_ns: int) -> None:
        agent = agent_number(entry.agent_id)
        if entry.state == "not_responding":
            self._log.note(FactKind.WENT, agent, 0, now_ns, now_ns)
            self._at(now_ns + BACK_AFTER_NS, Deed.COME, agent, agent)
        elif not self._is_open:
            self.present += 1

    def _take_refusal(self, entry: Entry, now_ns: int) -> None:
        ringing = self._ringing.pop(entry.target, None)
        contact = ringing[0] if ringing is not None else -1
        if ringing is not None:
            # the customer's cancel came first
            self._standing.bytes[contact] = Stand.GAVE_UP
            self._log.note(FactKind.WITHDRAWN, *ringing, now_ns, now_ns)
        self._log.note(FactKind.REFUSED, contact, 0, now_ns, now_ns)

    def _at(self, due_ns: int, deed: Deed, contact: int, agent: int, offer_id: str = "") -> None:
        heapq.heappush(self._timers, (due_ns, deed, contact, agent, offer_id))

    def finish(self, now_ns: int) -> None:
        """End all work now, as a floor does that closes; nobody comes or goes any more."""
        self._log.note(FactKind.HUNG_UP, 0, 0, now_ns, now_ns)
        ends = (Deed.COMPLETE, Deed.END_WRAP_UP)
        self._timers = [(now_ns, *timer[1:]) for timer in self._timers if timer[1] in ends]
        heapq.heapify(self._timers)
        self._wrap_up_ns = [[0] * len(each) for each in self._wrap_up_ns]

    def do_due(self, now_ns: int) -> None:
        """Do what is due."""
        timers = self._timers
        while timers and timers[0][0] <= now_ns:
            due_ns, deed, contact, agent, offer_id = heapq.heappop(timers)
            self._do(deed, due_ns, contact, agent, offer_id)

    def _do(self, deed: Deed, due_ns: int, contact: int, agent: int, offer_id: str) -> None:
        if deed is Deed.ANSWER:
            self._accept(due_ns, contact, agent, offer_id)
        elif deed is Deed.COMPLETE:
            self._complete(due_ns, contact, agent)
        elif deed is Deed.END_WRAP_UP:
            self.outgoing.append(self._commander.of(EndWrapUp(CONTACT % contact, AGENT % agent)))
            self._note(FactKind.FREED, contact, agent, due_ns)
        elif deed is Deed.DECLINE:
            if self._ringing.pop(offer_id, None) is not None:
                self.outgoing.append(self._commander.of(Decline(offer_id, AGENT % agent)))
                self._note(FactKind.DECLINED, contact, agent, due_ns)
        else:
            self._come_or_go(deed, due_ns, agent)

    def _accept(self, due_ns: int, contact: int, agent: int, offer_id: str) -> None:
        if offer_id not in self._ringing or self._standing.bytes[contact] == Stand.GAVE_UP:
            return
        self._standing.bytes[contact] = Stand.ANSWERED
        self.outgoing.append(self._commander.of(Accept(offer_id, AGENT % agent)))
        self._note(FactKind.ACCEPTED, contact, agent, due_ns)

    def _complete(self, due_ns: int, contact: int, agent: int) -> None:
        self.outgoing.append(self._commander.of(Complete(CONTACT % contact, AGENT % agent)))
        self._note(FactKind.COMPLETED, contact, agent, due_ns)
        if not self._wraps_up[contact]:
            self._note(FactKind.FREED, contact, agent, due_ns)
            return
        due_ns += self._wrap_up_ns[contact][self._profile[agent]]
        self._at(due_ns, Deed.END_WRAP_UP, contact, agent)

    def _come_or_go(self, deed: Deed, due_ns: int, agent: int) -> None:
        comes = deed is Deed.COME
        state = "available" if comes else "unavailable"
        command = {"type": "agent_state", "agent_id": AGENT % agent, "state": state}
        self.outgoing.append(self._commander.of(command))
        self._note(FactKind.CAME if comes else FactKind.WENT, agent, 0, due_ns)

    def _note(self, kind: FactKind, number: int, other: int, due_ns: int) -> None:
        self._log.note(kind, number, other, due_ns, time.monotonic_ns())
