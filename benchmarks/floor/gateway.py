"""A gateway: one inbox for many simulated agents, read and answered as a desktop server would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.floor.agents import Agent, Alarm, Turn
from benchmarks.floor.sender import Added, CommandSender
from benchmarks.floor.timers import Timers
from benchmarks.floor.wire import last_id, read_stream, unpack

__all__ = ("Gateway", "Seen")

Entry: TypeAlias = dict[str, Any]
Seen: TypeAlias = Callable[[Sequence[tuple[str, Entry]]], object]
"""Told of work entries that were read, with their ids, before anything is done about them."""

READ_COUNT: Final = 500
BLOCK_MS: Final = 1_000


class Gateway:
    """Drives agents from one work stream; ``speed`` floor seconds pass in a real second."""

    def __init__(
        self,
        client: Redis,
        tenant: str,
        inbox: str,
        agents: Iterable[Agent],
        *,
        speed: float = 1.0,
        on_seen: Seen | None = None,
        on_added: Added | None = None,
    ) -> None:
        self._client = client
        self._key = Keys(tenant).work(inbox)
        self._inbox = inbox
        self._agents = {agent.agent_id: agent for agent in agents}
        self._speed = speed
        self._on_seen = on_seen
        self._sender = CommandSender(client, tenant, on_added)
        self._alarms: Timers[tuple[Agent, Alarm]] = Timers()
        self._new_alarm = asyncio.Event()
        self.offers = 0
        self.rejections: dict[str, int] = {}

    async def run(self, after: str | None = None) -> None:
        """Log everyone in and keep them working until cancelled.

        Work entries are read from ``after`` on, or as they come.
        """
        if after is None:
            after = await last_id(self._client, self._key)  # before the first offer can be there
        for agent in self._agents.values():
            self._take(agent, agent.log_in(self._inbox))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(after))
            tasks.create_task(self._ring())
            tasks.create_task(self._sender.run())

    async def log_out(self) -> None:
        """End everyone's shift."""
        for agent in self._agents.values():
            self._take(agent, agent.log_out())
        await self._sender.flush()

    async def _read(self, position: str) -> None:
        while True:
            entries = await read_stream(
                self._client, self._key, position, count=READ_COUNT, block_ms=BLOCK_MS
            )
            seen = [(entry_id, unpack(fields[b"m"])) for entry_id, fields in entries]
            if self._on_seen is not None:
                self._on_seen(seen)
            for entry_id, entry in seen:
                position = entry_id
                self.deliver(entry)

    def deliver(self, entry: Entry) -> None:
        """Hand an entry to the agent whom it concerns."""
        agent = self._agents.get(entry.get("agent_id", ""))
        if entry["type"] == "rejected":
            code = f"{entry['command']}: {entry['code']}"
            self.rejections[code] = self.rejections.get(code, 0) + 1
        elif entry["type"] == "offer":
            self.offers += 1
        if agent is not None:
            self._take(agent, agent.read(entry))

    def _take(self, agent: Agent, turn: Turn) -> None:
        self._sender.send(turn.commands)
        for alarm in turn.alarms:
            self._alarms.add(self._now_ms() + alarm.after_s * 1_000 / self._speed, (agent, alarm))
        if turn.alarms:
            self._new_alarm.set()

    async def _ring(self) -> None:
        while True:
            for _, (agent, alarm) in self._alarms.due(self._now_ms()):
                self._take(agent, agent.wake(alarm))
            self._new_alarm.clear()
            await self._until_next()

    async def _until_next(self) -> None:
        # until the next alarm, or until an earlier one has been set
        next_ms = self._alarms.next_ms()
        pause_s = None if next_ms is None else max(0.0, (next_ms - self._now_ms()) / 1_000)
        try:
            async with asyncio.timeout(pause_s):
                await self._new_alarm.wait()
        except TimeoutError:
            return

    @staticmethod
    def _now_ms() -> float:
        return asyncio.get_running_loop().time() * 1_000
