"""The process of the agents: one gateway that reads the work stream and answers for everybody."""

from __future__ import annotations

import argparse
import gc
import select
import signal
import time
from pathlib import Path
from typing import Any, Final

import hiredis
import msgspec

from adapters.redis.keys import Keys
from benchmarks.surge.agents import INBOX, Agents
from benchmarks.surge.commands import Commander, Entry
from benchmarks.surge.connection import Connection, packed
from benchmarks.surge.facts import FactKind, FactLog
from benchmarks.surge.plan import Plan
from benchmarks.surge.probes import probe_keys, probe_number
from benchmarks.surge.rendezvous import Rendezvous
from benchmarks.surge.standing import Standing
from router.errors import StoreUnavailable

__all__ = ("Gateway", "main")

READ_COUNT: Final = 2_000
FLUSH_NS: Final = 500_000_000
UNANSWERED_MAX: Final = 256
"""Answers are left lying until there are so many: waking for each would cost more than to act."""

APART_NS: Final = 250_000
"""Timers are looked at this far apart at least, so that thousands a second share a wake-up."""

AT_ONCE_NS: Final = 100_000
"""A select that returns within it has found what lay there already."""


class Gateway:
    """Between the streams and the agents: reads, notes what time it is, and sends at once."""

    def __init__(self, url: str, tenant: str, plan: Plan, directory: Path) -> None:
        self._reading = Connection.open(url, "surge-agents-in")
        self._writing = Connection.open(url, "surge-agents-out")
        keys = Keys(tenant)
        self._keys = (keys.work(INBOX).encode(), probe_keys(tenant).back.encode())
        self._after = [b"0-0", b"0-0"]
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self._log = FactLog(directory / "agents.facts")
        self._rendezvous = Rendezvous(directory)
        standing = Standing(directory / "standing", len(plan.contacts))
        self._agents = Agents(plan, Commander(keys.inbound), standing, self._log)
        self._count = len(plan.agents)
        self._unanswered = self._acted_ns = 0
        self._is_ready = self._is_open = self._is_finished = self._is_told_to_end = False

    def run(self) -> None:
        """Log in, tell so, and work until told to end."""
        self._agents.sign_in()
        self._send()
        self._ask_for_more()
        flush_ns = turn_ns = 0
        while not self._is_told_to_end:
            flush_ns = self._flush(flush_ns)
            self._prepare()
            waited_from_ns = time.monotonic_ns()
            replies = self._wait(flush_ns)
            now_ns = time.monotonic_ns()
            self._read(replies, now_ns)
            self._note_turn(replies, now_ns - waited_from_ns, turn_ns)
            self._acted_ns = time.monotonic_ns()
            self._agents.do_due(self._acted_ns)
            self._send()
            turn_ns = time.monotonic_ns() - now_ns
        self._log.close()

    def end(self, *_: object) -> None:
        """End soon."""
        self._is_told_to_end = True

    def _prepare(self) -> None:
        """Before the opening: tell when everybody is there, and hear when it is."""
        if not self._is_ready and self._agents.present == self._count:
            self._is_ready = True
            self._rendezvous.put("agents-ready")
        if not self._is_open and (opens_ns := self._rendezvous.get("opens")) is not None:
            self._is_open = True
            self._agents.open(opens_ns)

    def _ask_for_more(self) -> None:
        self._reading.send(
            packed("XREAD", "COUNT", READ_COUNT, "BLOCK", 0, "STREAMS", *self._keys, *self._after)
        )

    def _wait(self, upto_ns: int) -> list[Any]:
        due_ns = self._agents.next_ns
        if due_ns is not None:
            upto_ns = min(upto_ns, max(due_ns, self._acted_ns + APART_NS))
        wait_s = max(0.0, (upto_ns - time.monotonic_ns()) / 1e9)
        writing = [self._writing] if self._writing.is_behind else []
        answering = [self._writing] if self._unanswered >= UNANSWERED_MAX else []
        readable, *_ = select.select([self._reading, *answering], writing, [], wait_s)
        if writing:
            self._writing.flush()
        if self._writing in readable:
            self._take_answers()
        return self._reading.receive() if self._reading in readable else []

    def _take_answers(self) -> None:
        """Read what the server has said to commands: ids, or that it refuses."""
        replies = self._writing.receive()
        self._unanswered -= len(replies)
        for reply in replies:
            _require(reply)

    def _read(self, replies: list[Any], now_ns: int) -> None:
        for reply in replies:
            _require(reply)
            for key, entries in reply:
                self._after[self._keys.index(key)] = entries[-1][0]
            # asked before this is worked on, so that the server never waits for us
            self._ask_for_more()
            for key, entries in reply:
                if key == self._keys[0]:
                    for _, fields in entries:
                        self._agents.hear(self._decode(fields[1]), now_ns)
                else:
                    for _, fields in entries:
                        number = probe_number(fields[1])
                        self._log.note(FactKind.PROBE_READ, number, 0, now_ns, now_ns)

    def _note_turn(self, replies: list[Any], waited_ns: int, turn_ns: int) -> None:
        if replies:
            late_ns = turn_ns if waited_ns < AT_ONCE_NS else 0
            self._log.note(FactKind.TURN, 0, 0, late_ns, waited_ns)

    def _send(self) -> None:
        outgoing = self._agents.outgoing
        if outgoing:
            self._unanswered += len(outgoing)
            self._writing.send(b"".join(outgoing))
            outgoing.clear()

    def _flush(self, flush_ns: int) -> int:
        now_ns = time.monotonic_ns()
        if now_ns < flush_ns and not self._log.is_full:
            return flush_ns
        self._log.flush()
        self._take_answers()
        if not self._is_finished and self._rendezvous.get("finish") is not None:
            self._is_finished = True
            self._agents.finish(now_ns)
        return now_ns + FLUSH_NS


def _require(reply: Any) -> None:
    """Raise :class:`StoreUnavailable` for an error reply."""
    if isinstance(reply, hiredis.ReplyError):
        raise StoreUnavailable(f"Redis answered {reply}")


def main() -> None:
    """Play the agents' part of a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--directory", type=Path, required=True)
    asked = parser.parse_args()
    gateway = Gateway(asked.redis, asked.tenant, Plan.load(asked.directory), asked.directory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, gateway.end)
    # what stands now stands to the end, and a sweep through it would only make us late
    gc.collect()
    gc.freeze()
    gateway.run()


if __name__ == "__main__":
    main()
