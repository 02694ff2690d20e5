"""The process of some tenants' customers and agents: creates at their times, answers at once.

Beside each command's way through the router it measures a bare one: an entry that the server passes
on and nobody decides. What slows down both is the machine, or the server, not the router.
"""

from __future__ import annotations

import argparse
import gc
import os
import select
import signal
import time
from pathlib import Path
from typing import Any, Final

import hiredis
import msgspec
import numpy as np

from adapters.redis.keys import Keys
from benchmarks.surge.commands import Accept, Commander, Complete, Entry
from benchmarks.surge.connection import Connection, packed, xadd
from benchmarks.surge.plan import AGENT, CONTACT, contact_number
from benchmarks.surge.rendezvous import Rendezvous
from router.errors import StoreUnavailable

__all__ = ("Load", "TenantLoad", "main")

INBOX: Final = "desk"
AGENTS: Final = 20
READ_COUNT: Final = 1_000
BATCH: Final = 128
"""Commands that leave at once at most."""

UNANSWERED_MAX: Final = 256
POLL_NS: Final = 50_000_000
PROBE_GAP_NS: Final = 10_000_000


class TenantLoad:
    """One tenant: who comes when, and when an offer of them could be read."""

    def __init__(self, tenant: str, at_ns: list[int]) -> None:
        keys = Keys(tenant)
        self.tenant = tenant
        self.key = keys.work(INBOX).encode()
        self.offered_ns = np.zeros(len(at_ns), np.int64)
        self.at_ns = at_ns
        self.logged_in = 0
        self._next = 0
        self._commander = Commander(keys.inbound)

    def sign_in(self) -> list[bytes]:
        """Log all agents in."""
        login = {"type": "agent_login", "inbox": INBOX}
        return [
            self._commander.of({**login, "agent_id": AGENT % number}) for number in range(AGENTS)
        ]

    @property
    def next_ns(self) -> int | None:
        """When the next one is to come, after the opening."""
        return self.at_ns[self._next] if self._next < len(self.at_ns) else None

    def due(self, elapsed_ns: int) -> list[bytes]:
        """The creates that are due, at most a batch."""
        first, at_ns = self._next, self.at_ns
        last = min(len(at_ns), first + BATCH)
        while self._next < last and at_ns[self._next] <= elapsed_ns:
            self._next += 1
        return [
            self._commander.of(
                {"type": "create", "interaction_id": CONTACT % number, "channel": "chat"}
            )
            for number in range(first, self._next)
        ]

    def hear(self, entry: Entry, now_ns: int) -> bytes | None:
        """Take in an entry of the work stream; what is to be said to it."""
        if entry.type == "offer":
            number = contact_number(entry.interaction_id)
            if not self.offered_ns[number]:
                self.offered_ns[number] = now_ns
            return self._commander.of(Accept(entry.offer_id, entry.agent_id))
        if entry.type == "assigned":
            return self._commander.of(Complete(entry.interaction_id, entry.agent_id))
        if entry.type == "agent_state":
            self.logged_in += 1
        return None


class Load:
    """All of this process' tenants, on two connections."""

    def __init__(self, name: str, url: str, loads: list[TenantLoad], directory: Path) -> None:
        self._name = name
        self._reading = Connection.open(url, f"load-{name}-in")
        self._writing = Connection.open(url, f"load-{name}-out")
        self._loads = loads
        self._by_key = {load.key: load for load in loads}
        self._probe_key = f"onequeue-bench:{name}".encode()
        self._probe_head = xadd(self._probe_key.decode())
        self._probes: list[tuple[int, int]] = []
        self._next_probe_ns = 0
        self._after = dict.fromkeys((*self._by_key, self._probe_key), b"0-0")
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self._rendezvous = Rendezvous(directory)
        self._directory = directory
        self._outgoing: list[bytes] = []
        self._unanswered = 0
        self._opens_ns: int | None = None
        self._is_ready = self._is_told_to_end = False

    def end(self, *_: object) -> None:
        """End soon."""
        self._is_told_to_end = True

    def run(self) -> None:
        """Log in, tell so, play, and write what was seen when told to end."""
        for load in self._loads:
            self._outgoing += load.sign_in()
        self._ask_for_more()
        poll_ns = 0
        while not self._is_told_to_end:
            now_ns = time.monotonic_ns()
            if now_ns >= poll_ns:
                poll_ns = now_ns + POLL_NS
                self._prepare()
            self._send_due(now_ns)
            self._wait(poll_ns)
        self._write()

    def _prepare(self) -> None:
        if not self._is_ready and all(load.logged_in >= AGENTS for load in self._loads):
            self._is_ready = True
            self._rendezvous.put(f"{self._name}-ready")
        if self._opens_ns is None:
            self._opens_ns = self._rendezvous.get("opens")
            self._next_probe_ns = self._opens_ns or 0

    def _send_due(self, now_ns: int) -> None:
        if self._opens_ns is not None:
            for load in self._loads:
                self._outgoing += load.due(now_ns - self._opens_ns)
            if now_ns >= self._next_probe_ns:
                payload = b"%020d" % self._next_probe_ns
                self._outgoing.append(b"%b20\r\n%b\r\n" % (self._probe_head, payload))
                self._next_probe_ns += PROBE_GAP_NS
        if self._outgoing:
            self._unanswered += len(self._outgoing)
            self._writing.send(b"".join(self._outgoing))
            self._outgoing.clear()

    def _next_due_ns(self) -> int | None:
        if self._opens_ns is None:
            return None
        times = [load.next_ns for load in self._loads]
        due = [self._opens_ns + at_ns for at_ns in times if at_ns is not None]
        return min((*due, self._next_probe_ns))

    def _wait(self, upto_ns: int) -> None:
        due_ns = self._next_due_ns()
        upto_ns = upto_ns if due_ns is None else min(upto_ns, due_ns)
        wait_s = max(0.0, (upto_ns - time.monotonic_ns()) / 1e9)
        writing = [self._writing] if self._writing.is_behind else []
        answering = [self._writing] if self._unanswered >= UNANSWERED_MAX else []
        readable, *_ = select.select([self._reading, *answering], writing, [], wait_s)
        if writing:
            self._writing.flush()
        if self._writing in readable:
            replies = self._writing.receive()
            self._unanswered -= len(replies)
            for reply in replies:
                _require(reply)
        if self._reading in readable:
            self._read(self._reading.receive(), time.monotonic_ns())

    def _ask_for_more(self) -> None:
        keys, ids = self._after.keys(), self._after.values()
        self._reading.send(packed("XREAD", "COUNT", READ_COUNT, "BLOCK", 0, "STREAMS", *keys, *ids))

    def _read(self, replies: list[Any], now_ns: int) -> None:
        for reply in replies:
            _require(reply)
            for key, entries in reply:
                self._after[key] = entries[-1][0]
            self._ask_for_more()
            for key, entries in reply:
                load = self._by_key.get(key)
                for _, fields in entries:
                    if load is None:
                        self._probes.append((int(fields[1]), now_ns))
                        continue
                    said = load.hear(self._decode(fields[1]), now_ns)
                    if said is not None:
                        self._outgoing.append(said)

    def _write(self) -> None:
        opens_ns = self._opens_ns or 0
        seen = {load.tenant: _since(load.offered_ns, opens_ns) for load in self._loads}
        probes = np.array(self._probes, np.int64).reshape(-1, 2) - opens_ns
        np.savez(self._directory / f"{self._name}.npz", probes=probes, **seen)


def _since(times_ns: np.ndarray[Any, np.dtype[np.int64]], opens_ns: int) -> Any:
    return np.where(times_ns > 0, times_ns - opens_ns, -1)


def _require(reply: Any) -> None:
    if isinstance(reply, hiredis.ReplyError):
        raise StoreUnavailable(f"Redis answered {reply}")


def main() -> None:
    """Play the part of some tenants' clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--directory", type=Path, required=True)
    asked = parser.parse_args()
    os.nice(asked.nice)
    with np.load(asked.directory / f"{asked.name}-plan.npz") as plan:
        loads = [TenantLoad(tenant, plan[tenant].tolist()) for tenant in plan.files]
    load = Load(asked.name, asked.redis, loads, asked.directory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, load.end)
    gc.collect()
    gc.freeze()
    load.run()


if __name__ == "__main__":
    main()
