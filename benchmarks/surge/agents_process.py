"""The process of the agents: one gateway that reads the work stream and answers for everybody."""

from __future__ import annotations

import argparse
import gc
import heapq
import select
import signal
import time
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import hiredis
import msgspec

from adapters.redis.keys import Keys
from benchmarks.surge.commands import Accept, Commander, Complete, Decline, EndWrapUp, Entry
from benchmarks.surge.connection import Connection, packed
from benchmarks.surge.facts import FactKind, FactLog
from benchmarks.surge.plan import AGENT, CONTACT, Plan, agent_number, contact_number
from benchmarks.surge.probes import probe_keys, probe_number
from benchmarks.surge.rendezvous import Rendezvous
from benchmarks.surge.standing import Stand, Standing
from router.errors import StoreUnavailable

__all__ = ("INBOX", "Agents", "main")

INBOX: Final = "surge"
READ_COUNT: Final = 2_000
FLUSH_NS: Final = 500_000_000
AT_ONCE_NS: Final = 100_000
"""A select that returns within it has found what lay there already."""

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
    """All agents of the plan: answers offers, works, wraps up, in the times of the plan."""

    def __init__(self, url: str, tenant: str, plan: Plan, directory: Path) -> None:
        self._reading = Connection.open(url, "surge-agents-in")
        self._writing = Connection.open(url, "surge-agents-out")
        keys = Keys(tenant)
        self._keys = (keys.work(INBOX).encode(), probe_keys(tenant).back.encode())
        self._after = [b"0-0", b"0-0"]
        self._commander = Commander(keys.inbound)
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self._plan = plan
        contacts = plan.contacts
        self._answer_ns: list[list[int]] = contacts.answer_ns.tolist()
        self._handle_ns: list[list[int]] = contacts.handle_ns.tolist()
        self._wrap_up_ns: list[list[int]] = contacts.wrap_up_ns.tolist()
        self._profile = [agent.profile for agent in plan.agents]
        self._chance: list[float] = contacts.chance.tolist()
        self._wraps_up = [plan.types[kind].wraps_up for kind in contacts.type_of.tolist()]
        self._standing = Standing(directory / "standing", len(contacts))
        self._log = FactLog(directory / "agents.facts")
        self._rendezvous = Rendezvous(directory)
        self._timers: list[tuple[int, Deed, int, int, str]] = []
        self._ringing: dict[str, tuple[int, int]] = {}
        self._asked: dict[int, int] = {}
        self._outgoing: list[bytes] = []
        self._opens_ns = 0
        self._is_told_to_end = False
        self.present = 0

    def run(self) -> None:
        """Log in, tell so, and work until told to end."""
        self._sign_in()
        self._ask_for_more()
        flush_ns = turn_ns = 0
        while not self._is_told_to_end:
            flush_ns = self._flush(flush_ns)
            if not self._opens_ns:
                self._open()
            waited_from_ns = time.monotonic_ns()
            entries = self._wait(flush_ns)
            now_ns = time.monotonic_ns()
            self._read(entries, now_ns)
            self._note_turn(entries, now_ns - waited_from_ns, turn_ns)
            self._do_due()
            self._send()
            turn_ns = time.monotonic_ns() - now_ns
        self._log.close()

    def end(self, *_: object) -> None:
        """End soon."""
        self._is_told_to_end = True

    def _sign_in(self) -> None:
        for number, agent in enumerate(self._plan.agents):
            login = {"type": "agent_login", "agent_id": AGENT % number, "inbox": INBOX}
            if agent.shifts_ns:
                login["state"] = "unavailable"
            self._outgoing.append(self._commander.of({**login, **agent.login}))
        self._send()

    def _open(self) -> None:
        opens_ns = self._rendezvous.get("opens")
        if opens_ns is None:
            return
        self._opens_ns = opens_ns
        for number, agent in enumerate(self._plan.agents):
            if not agent.shifts_ns:
                self._log.note(FactKind.CAME, number, 0, opens_ns, opens_ns)
            for from_ns, until_ns in agent.shifts_ns:
                self._at(opens_ns + from_ns, Deed.COME, number, number)
                self._at(opens_ns + until_ns, Deed.GO, number, number)

    def _ask_for_more(self) -> None:
        self._reading.send(
            packed("XREAD", "COUNT", READ_COUNT, "BLOCK", 0, "STREAMS", *self._keys, *self._after)
        )

    def _wait(self, upto_ns: int) -> list[Any]:
        until_ns = min(upto_ns, self._timers[0][0]) if self._timers else upto_ns
        wait_s = max(0.0, (until_ns - time.monotonic_ns()) / 1e9)
        writing = [self._writing] if self._writing.is_behind else []
        readable, *_ = select.select([self._reading, self._writing], writing, [], wait_s)
        if writing:
            self._writing.flush()
        if self._writing in readable:
            for reply in self._writing.receive():
                if isinstance(reply, hiredis.ReplyError):
                    raise StoreUnavailable(f"Redis answered {reply}")
        return self._reading.receive() if self._reading in readable else []

    def _read(self, replies: list[Any], now_ns: int) -> None:
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                raise StoreUnavailable(f"Redis answered {reply}")
            for key, entries in reply:
                self._after[self._keys.index(key)] = entries[-1][0]
            # asked before this is worked on, so that the server never waits for us
            self._ask_for_more()
            for key, entries in reply:
                if key == self._keys[1]:
                    for _, fields in entries:
                        number = probe_number(fields[1])
                        self._log.note(FactKind.PROBE_READ, number, 0, now_ns, now_ns)
                else:
                    for _, fields in entries:
                        self._hear(self._decode(fields[1]), now_ns)

    def _hear(self, entry: Entry, now_ns: int) -> None:
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
        chance = self._chance_of(contact)
        if chance < person.no_answer_share:
            return
        declines = chance < person.no_answer_share + person.decline_share
        deed = Deed.DECLINE if declines else Deed.ANSWER
        due_ns = now_ns + self._answer_ns[contact][person.profile]
        if due_ns == now_ns:
            self._do(deed, due_ns, contact, agent, entry.offer_id)
        else:
            self._at(due_ns, deed, contact, agent, entry.offer_id)

    def _chance_of(self, contact: int) -> float:
        times = self._asked.get(contact, 0)
        self._asked[contact] = times + 1
        return (self._chance[contact] + times * GOLDEN) % 1.0

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
        elif not self._opens_ns:
            self.present += 1
            if self.present == len(self._plan.agents):
                self._rendezvous.put("agents-ready")

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

    def _do_due(self) -> None:
        now_ns = time.monotonic_ns()
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
            self._outgoing.append(self._commander.of(EndWrapUp(CONTACT % contact, AGENT % agent)))
            self._note(FactKind.FREED, contact, agent, due_ns)
        elif deed is Deed.DECLINE:
            if self._ringing.pop(offer_id, None) is not None:
                self._outgoing.append(self._commander.of(Decline(offer_id, AGENT % agent)))
                self._note(FactKind.DECLINED, contact, agent, due_ns)
        else:
            self._come_or_go(deed, due_ns, agent)

    def _accept(self, due_ns: int, contact: int, agent: int, offer_id: str) -> None:
        if offer_id not in self._ringing or self._standing.bytes[contact] == Stand.GAVE_UP:
            return
        self._standing.bytes[contact] = Stand.ANSWERED
        self._outgoing.append(self._commander.of(Accept(offer_id, AGENT % agent)))
        self._note(FactKind.ACCEPTED, contact, agent, due_ns)

    def _complete(self, due_ns: int, contact: int, agent: int) -> None:
        self._outgoing.append(self._commander.of(Complete(CONTACT % contact, AGENT % agent)))
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
        self._outgoing.append(self._commander.of(command))
        self._note(FactKind.CAME if comes else FactKind.WENT, agent, 0, due_ns)

    def _note(self, kind: FactKind, number: int, other: int, due_ns: int) -> None:
        self._log.note(kind, number, other, due_ns, time.monotonic_ns())

    def _note_turn(self, entries: list[Any], waited_ns: int, turn_ns: int) -> None:
        if entries:
            late_ns = turn_ns if waited_ns < AT_ONCE_NS else 0
            self._log.note(FactKind.TURN, 0, 0, late_ns, waited_ns)

    def _send(self) -> None:
        if self._outgoing:
            self._writing.send(b"".join(self._outgoing))
            self._outgoing.clear()

    def _flush(self, flush_ns: int) -> int:
        now_ns = time.monotonic_ns()
        if now_ns < flush_ns and not self._log.is_full:
            return flush_ns
        self._log.flush()
        return now_ns + FLUSH_NS


def main() -> None:
    """Play the agents' part of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    asked = parser.parse_args()
    agents = Agents(asked.redis, asked.tenant, Plan.load(asked.directory), asked.directory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, agents.end)
    # what stands now stands to the end, and a sweep through it would only make us late
    gc.collect()
    gc.freeze()
    agents.run()


if __name__ == "__main__":
    main()
