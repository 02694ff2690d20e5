"""The process of all customers: each gets in touch when the seed says so, come what may.

The schedule does not wait for the server or the router (open loop). What could not be sent in time
is sent late, and its waiting counts from the time at which it was due.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, Literal, TypeAlias

from redis.asyncio import Redis

from benchmarks.chaos.child_options import client_parser
from benchmarks.chaos.ledger import LedgerFile
from benchmarks.chaos.repeater import acknowledged
from benchmarks.chaos.scenario import TENANT, arriving
from benchmarks.chaos.server import now_ms
from benchmarks.floor.customers import Contact
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.randomness import random_stream
from benchmarks.floor.sender import CommandSender
from benchmarks.floor.timers import Timers
from benchmarks.floor.wire import connect

__all__ = ("Customers", "main")

UPDATE_SHARE: Final = 0.1
UPDATE_WITHIN_S: Final = 1.0
PRIORITY_MAX: Final = 3
LONGEST_SLEEP_S: Final = 0.25

Command: TypeAlias = Mapping[str, Any]
Purpose: TypeAlias = Literal["create", "update", "cancel"]


class Customers:
    """Sends what contacts ask for from ``opens_ms`` on: some change their mind, some hang up."""

    def __init__(
        self, client: Redis, ledger: LedgerFile, opens_ms: int, length_s: float, random: Random
    ) -> None:
        self._ledger = ledger
        self._opens_ms = opens_ms
        self._closes_ms = opens_ms + length_s * 1_000
        self._random = random
        self._sender = CommandSender(client, TENANT, self._added)
        self._steps: Timers[tuple[Purpose, Contact, int]] = Timers()
        self._due_ms: dict[tuple[str, str], int] = {}
        self.latest_ms = 0.0
        """By how much a command has left after its time, at worst."""

    def expect(self, contacts: Iterable[Contact]) -> None:
        """Plan all that these will do while it is open."""
        for contact in contacts:
            at_ms = self._opens_ms + contact.at_s * 1_000
            self._plan("create", contact, at_ms)
            if self._random.random() < UPDATE_SHARE:
                after_s = self._random.random() * UPDATE_WITHIN_S
                self._plan("update", contact, at_ms + after_s * 1_000)
            if contact.patience_s is not None:
                self._plan("cancel", contact, at_ms + contact.patience_s * 1_000)

    async def run(self) -> None:
        """Send everything; returns when the server has acknowledged the last."""
        while (next_ms := self._steps.next_ms()) is not None:
            now = now_ms()
            if next_ms > now:
                await asyncio.sleep(min((next_ms - now) / 1_000, LONGEST_SLEEP_S))
                continue
            self._sender.send(self._commands(now))
            await self._sender.flush()

    def _plan(self, purpose: Purpose, contact: Contact, at_ms: float) -> None:
        if at_ms < self._closes_ms:
            self._steps.add(at_ms, (purpose, contact, round(at_ms)))

    def _commands(self, now: int) -> Iterator[Command]:
        for _, (purpose, contact, due_ms) in self._steps.due(now):
            self._due_ms[purpose, contact.interaction_id] = due_ms
            self.latest_ms = max(self.latest_ms, now - due_ms)
            yield _command(purpose, contact)

    def _added(self, added: Sequence[tuple[str, Command]]) -> None:
        self._ledger.write(
            acknowledged(
                entry_id, command, self._due_ms.pop((command["type"], command["interaction_id"]))
            )
            for entry_id, command in added
        )


def _command(purpose: Purpose, contact: Contact) -> Command:
    match purpose:
        case "create":
            return contact.create_command(())
        case "cancel":
            return contact.cancel_command()
        case "update":
            priority = (contact.priority + 1) % PRIORITY_MAX
            name = contact.interaction_id
            return {"type": "update", "interaction_id": name, "priority": priority}


async def _play(asked: Namespace) -> None:
    client = connect(asked.redis)
    ledger = LedgerFile(asked.ledger)
    random = random_stream(asked.seed, "minds")
    customers = Customers(client, ledger, asked.opens_ms, asked.length_s, random)
    customers.expect(arriving(asked.load, asked.length_s, asked.seed))
    try:
        await customers.run()
    finally:
        sys.stderr.write(f"sent at most {customers.latest_ms:.0f} ms after its time\n")
        await client.aclose()
        ledger.close()


def main() -> None:
    """Play the whole length, or until a signal comes."""
    parser = client_parser(__doc__)
    parser.add_argument("--load", required=True, type=float, help="creates a second")
    run_until_told(_play(parser.parse_args()))


if __name__ == "__main__":
    main()
