"""The process of the customers: creates at their times, cancels of those who give up, probes."""

from __future__ import annotations

import argparse
import gc
import heapq
import select
import signal
import time
from collections import deque
from pathlib import Path
from typing import Any, Final

import hiredis

from adapters.redis.keys import Keys
from benchmarks.surge.commands import Cancel, Commander, Creates
from benchmarks.surge.connection import Connection
from benchmarks.surge.facts import FactKind, FactLog
from benchmarks.surge.plan import CONTACT, NEVER, Plan
from benchmarks.surge.probes import ProbeSchedule, probe_keys
from benchmarks.surge.rendezvous import Rendezvous
from benchmarks.surge.standing import Stand, Standing
from router.errors import StoreUnavailable

__all__ = ("Generator", "main")

BATCH: Final = 256
"""Commands that leave at once at most, so that the first do not wait for many others."""

UNANSWERED_MAX: Final = 256
"""Answers are left lying until there are so many: waking for each would cost more than to send."""

FLUSH_NS: Final = 500_000_000
POLL_NS: Final = 50_000_000
"""How often it looks whether the run is to end."""


class Generator:
    """Carries out the plan, however late the router is; what is overdue leaves in one batch."""

    def __init__(self, connection: Connection, tenant: str, plan: Plan, directory: Path) -> None:
        self._connection = connection
        commander = Commander(Keys(tenant).inbound)
        self._commander = commander
        self._creates = Creates(commander, plan.types)
        self._at_ns: list[int] = plan.contacts.arrivals_ns.tolist()
        self._again: list[int] = plan.contacts.again.tolist()
        self._after_ns: list[int] = plan.contacts.after_ns.tolist()
        self._type_of: list[int] = plan.contacts.type_of.tolist()
        self._patience_ns: list[int] = plan.contacts.patience_ns.tolist()
        self._standing = Standing(directory / "standing", len(plan.contacts))
        self._log = FactLog(directory / "generator.facts")
        self._rendezvous = Rendezvous(directory)
        self._next = 0
        self._giving_up: list[tuple[int, int]] = []
        self._coming_again: list[tuple[int, int]] = []
        self._unanswered: deque[int] = deque()
        self._knows: list[int] = plan.contacts.knows.tolist()
        typical = self._creates.of(0, self._type_of[0], self._knows[0])
        self._probes = ProbeSchedule(probe_keys(tenant).there, len(typical))
        self._opens_ns = 0

    def run(self) -> None:
        """Probe, open, play, and probe again until told to end."""
        self._opens_ns = self._rendezvous.wait("opens")
        self._probes.begin(time.monotonic_ns(), self._opens_ns, self._rendezvous.get("probe-gap"))
        flush_ns = poll_ns = 0
        closes_ns: int | None = None
        while closes_ns is None or time.monotonic_ns() < closes_ns:
            now_ns = time.monotonic_ns()
            if now_ns >= poll_ns:
                poll_ns = now_ns + POLL_NS
                closes_ns = self._look_for_the_end(now_ns)
                self._take_answers()
            if now_ns >= flush_ns:
                flush_ns = now_ns + FLUSH_NS
                self._log.flush()
            self._send_due()
            self._wait(min(self._next_due_ns(), poll_ns))
        self._log.close()

    def _look_for_the_end(self, now_ns: int) -> int | None:
        closes_ns = self._rendezvous.get("closes")
        if closes_ns is not None:
            self._probes.is_quiet_from(now_ns)
        return closes_ns

    def _next_due_ns(self) -> int:
        due_ns = self._probes.next_ns
        if self._next < len(self._at_ns):
            due_ns = min(due_ns, self._opens_ns + self._at_ns[self._next])
        for line in (self._giving_up, self._coming_again):
            if line:
                due_ns = min(due_ns, line[0][0])
        return due_ns

    def _send_due(self) -> None:
        now_ns = time.monotonic_ns()
        while self._next_due_ns() <= now_ns:
            batch: list[bytes] = []
            notes: list[tuple[FactKind, int, int, int]] = []
            self._take_creates(now_ns, batch, notes)
            self._take_returns(now_ns, batch, notes)
            self._take_cancels(now_ns, batch, notes)
            self._take_probe(now_ns, batch, notes)
            now_ns = time.monotonic_ns()
            self._connection.send(b"".join(batch))
            for kind, number, other, due_ns in notes:
                self._log.note(kind, number, other, due_ns, now_ns)
                self._unanswered.append(number if kind is FactKind.SENT else NEVER)

    def _take_creates(self, now_ns: int, batch: list[bytes], notes: list[Any]) -> None:
        at_ns, opens_ns, number = self._at_ns, self._opens_ns, self._next
        last = min(len(at_ns), number + BATCH)
        while number < last and (due_ns := opens_ns + at_ns[number]) <= now_ns:
            self._create(number, due_ns, batch, notes)
            number += 1
        self._next = number

    def _take_returns(self, now_ns: int, batch: list[bytes], notes: list[Any]) -> None:
        coming = self._coming_again
        while coming and coming[0][0] <= now_ns:
            due_ns, number = heapq.heappop(coming)
            self._create(number, due_ns, batch, notes)

    def _create(self, number: int, due_ns: int, batch: list[bytes], notes: list[Any]) -> None:
        batch.append(self._creates.of(number, self._type_of[number], self._knows[number]))
        notes.append((FactKind.SENT, number, 0, due_ns))
        if self._patience_ns[number] != NEVER:
            heapq.heappush(self._giving_up, (due_ns + self._patience_ns[number], number))

    def _take_cancels(self, now_ns: int, batch: list[bytes], notes: list[Any]) -> None:
        waiting = self._giving_up
        while waiting and waiting[0][0] <= now_ns:
            due_ns, number = heapq.heappop(waiting)
            if self._standing.bytes[number] == Stand.OPEN:
                self._standing.bytes[number] = Stand.GAVE_UP
                batch.append(self._commander.of(Cancel(CONTACT % number)))
                notes.append((FactKind.GAVE_UP, number, 0, due_ns))
                self._let_come_again(number, due_ns)

    def _let_come_again(self, number: int, gave_up_ns: int) -> None:
        again = self._again[number]
        if again != NEVER:
            self._standing.bytes[again] = Stand.OPEN
            heapq.heappush(self._coming_again, (gave_up_ns + self._after_ns[number], again))

    def _take_probe(self, now_ns: int, batch: list[bytes], notes: list[Any]) -> None:
        if self._probes.next_ns <= now_ns:
            number, is_quiet, due_ns, command = self._probes.take()
            batch.append(command)
            notes.append((FactKind.PROBE_SENT, number, int(is_quiet), due_ns))

    def _wait(self, until_ns: int) -> None:
        wait_s = max(0.0, (until_ns - time.monotonic_ns()) / 1e9)
        mine = [self._connection]
        answering = mine if len(self._unanswered) >= UNANSWERED_MAX else ()
        select.select(answering, mine if self._connection.is_behind else (), (), wait_s)
        self._connection.flush()
        if answering:
            self._take_answers()

    def _take_answers(self) -> None:
        replies = self._connection.receive()
        now_ns = time.monotonic_ns()
        for reply in replies:
            number = self._unanswered.popleft()
            if isinstance(reply, hiredis.ReplyError):
                raise StoreUnavailable(f"Redis answered {reply}")
            if number != NEVER:
                self._log.note(FactKind.ACKNOWLEDGED, number, 0, now_ns, now_ns)


def main() -> None:
    """Play the customers' part of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection.open(asked.redis, "surge-generator")
    generator = Generator(connection, asked.tenant, Plan.load(asked.directory), asked.directory)
    # what stands now stands to the end, and a sweep through it would only make us late
    gc.collect()
    gc.freeze()
    Rendezvous(asked.directory).put("generator-ready")
    generator.run()


if __name__ == "__main__":
    main()
