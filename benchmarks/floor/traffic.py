"""Traffic: sends each contact at its time, whatever the router does; some lose patience."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, Literal

from redis.asyncio import Redis

from benchmarks.floor.customers import Contact
from benchmarks.floor.history import CustomerHistory
from benchmarks.floor.journal_reader import JournalRecord, follow_journal
from benchmarks.floor.sender import CommandSender
from benchmarks.floor.timers import Timers
from benchmarks.floor.wire import server_ms

__all__ = ("Traffic",)

Step = tuple[Literal["create", "cancel"], Contact]

LONGEST_SLEEP_S: Final = 0.25


class Traffic:
    """Plays contacts from ``opens_ms`` (Redis' time) on; ``speed`` floor seconds a real second.

    It follows the journal, as an enrichment source and a telephony adapter would: to know each
    customer's history, and who has been answered and no longer thinks of hanging up.
    """

    def __init__(
        self,
        client: Redis,
        tenant: str,
        contacts: Sequence[Contact],
        history: CustomerHistory,
        *,
        opens_ms: int,
        speed: float = 1.0,
    ) -> None:
        self._client = client
        self._tenant = tenant
        self._contacts = contacts
        self._history = history
        self._opens_ms = opens_ms
        self._speed = speed
        self._sender = CommandSender(client, tenant)
        self._steps: Timers[Step] = Timers()
        self._settled: set[str] = set()
        self.created = 0
        self.cancelled = 0
        self.latest_ms = 0.0
        """By how much a command has left after its time, at worst."""

    async def run(self) -> None:
        """Play everything; returns when the last contact was sent and nobody is left to give up."""
        for contact in self._contacts:
            self._steps.add(self._at_ms(contact.at_s), ("create", contact))
        async with asyncio.TaskGroup() as tasks:
            follower = tasks.create_task(self._follow())
            await self._play()
            follower.cancel()

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        # loop time is steady; Redis' time says only where it starts
        offset_ms = await server_ms(self._client) - loop.time() * 1_000
        while (next_ms := self._steps.next_ms()) is not None:
            now_ms = loop.time() * 1_000 + offset_ms
            if next_ms > now_ms:
                await asyncio.sleep(min((next_ms - now_ms) / 1_000, LONGEST_SLEEP_S))
                continue
            for due_ms, step in self._steps.due(now_ms):
                self._take(step, due_ms)
                self.latest_ms = max(self.latest_ms, now_ms - due_ms)
            await self._sender.flush()

    def _take(self, step: Step, due_ms: float) -> None:
        action, contact = step
        if action == "create":
            facts = self._history.facts(contact.customer.customer_id)
            self._sender.send([contact.create_command(facts)])
            self.created += 1
            if contact.patience_s is not None:
                self._steps.add(
                    due_ms + contact.patience_s * 1_000 / self._speed, ("cancel", contact)
                )
        elif contact.interaction_id not in self._settled:
            self._sender.send([contact.cancel_command()])
            self.cancelled += 1

    def _at_ms(self, at_s: float) -> float:
        return self._opens_ms + at_s * 1_000 / self._speed

    async def _follow(self) -> None:
        async for record in follow_journal(self._client, self._tenant):
            self._history.learn(record)
            self._settle(record)

    def _settle(self, record: JournalRecord) -> None:
        for event in record.events:
            if event["type"] in ("offer_accepted", "interaction_cancelled"):
                self._settled.add(event["interaction_id"])
