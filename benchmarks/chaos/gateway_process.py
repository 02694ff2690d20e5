"""The process of one gateway: reads its work stream, answers for its agents, keeps a ledger.

It may be killed at any moment. The next one goes on where the ledger ends: it sees to what the
ledger leaves open, logs its agents in again and reads on.
"""

from __future__ import annotations

import asyncio
import contextlib
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from benchmarks.chaos.catch_up import unfinished
from benchmarks.chaos.child_options import client_parser
from benchmarks.chaos.faults import FaultKind, moments
from benchmarks.chaos.ledger import LedgerFile, Told, read_ledger
from benchmarks.chaos.repeater import Repeater, acknowledged
from benchmarks.chaos.scenario import BEHAVIOUR, INBOXES, TENANT, staff
from benchmarks.chaos.server import now_ms
from benchmarks.floor.agents import Agent
from benchmarks.floor.gateway import Gateway
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.randomness import random_stream
from benchmarks.floor.wire import connect

__all__ = ("main",)

LOG_OUT_S_MAX: Final = 10.0

Entry: TypeAlias = dict[str, Any]


class _Desk:
    """The gateway with its ledger and its habit of saying things twice."""

    def __init__(self, asked: Namespace) -> None:
        self._asked = asked
        self._known = read_ledger(asked.ledger)
        self._ledger = LedgerFile(asked.ledger)
        self._client = connect(asked.redis)
        random = random_stream(asked.seed, "repeats", asked.inbox)
        self._repeater = Repeater(self._client, TENANT, self._ledger, random)
        agents = [Agent(who, BEHAVIOUR, asked.seed) for who in staff(asked.agents, asked.inbox)]
        self._gateway = Gateway(
            self._client,
            TENANT,
            asked.inbox,
            agents,
            on_seen=self._seen,
            on_added=self._added,
        )

    async def work(self) -> None:
        """Answer for everyone until cancelled; then they log out."""
        for line in unfinished(self._known.told):
            self._gateway.deliver(line.entry)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._gateway.run(self._known.position))
                tasks.create_task(self._repeat())
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOG_OUT_S_MAX):
                    await self._gateway.log_out()
            await self._client.aclose()
            self._ledger.close()

    async def _repeat(self) -> None:
        asked = self._asked
        if asked.duplicates:
            due = moments(FaultKind.CLIENT_DUPLICATE, asked.duplicates, asked.seed, asked.inbox)
            await self._repeater.run(due, asked.opens_ms, asked.length_s)

    def _seen(self, entries: Sequence[tuple[str, Entry]]) -> None:
        self._ledger.write(_told(entry_id, entry) for entry_id, entry in entries)

    def _added(self, added: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        due_ms = now_ms()
        self._ledger.write(acknowledged(entry_id, command, due_ms) for entry_id, command in added)
        self._repeater.remember(added)


def _told(entry_id: str, entry: Entry) -> Told:
    return Told(
        entry_id=entry_id,
        kind=entry["type"],
        agent_id=entry.get("agent_id", ""),
        offer_id=entry.get("offer_id", ""),
        interaction_id=entry.get("interaction_id", ""),
        detail=entry.get("channel", "") or entry.get("state", ""),
    )


async def _work(asked: Namespace) -> None:
    await _Desk(asked).work()


def main() -> None:
    """Work until a signal comes."""
    parser = client_parser(__doc__)
    parser.add_argument("--inbox", required=True, choices=INBOXES)
    parser.add_argument("--agents", required=True, type=int, help="on the whole floor")
    parser.add_argument("--duplicates", required=True, type=float, help="of the rate; 0: none")
    run_until_told(_work(parser.parse_args()))


if __name__ == "__main__":
    main()
