"""Open-loop traffic: interactions come at fixed times, whatever the routers do, and are measured
from the time at which they were to come."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.floor.wire import pack, patiently, read_stream, unpack

__all__ = ("POLICY", "Arrival", "Offered", "Traffic")

INBOX: Final = "desk"
CHANNEL: Final = "chat"
READ_COUNT: Final = 500
BLOCK_MS: Final = 200
AGENTS: Final = 200
"""More than ever have something in hand, so that whatever comes is offered at once."""

POLICY: Final[dict[str, Any]] = {
    "channels": {CHANNEL: {"exclusive": True, "offer_ttl_s": 60, "target_s": 20}},
    "queues": {"general": {}},
    "default_queue": "general",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """The first offer of an interaction: when it came, and by the leader of which epoch."""

    at_s: float
    epoch: int


@dataclass(slots=True)
class Arrival:
    """One interaction: when it was to come, when it did, and what became of it. Times are monotonic
    seconds."""

    intended_s: float
    sent_s: float
    offered: Offered | None = None
    ended: int = 0


@dataclass(slots=True)
class Traffic:
    """``rate`` interactions a second; agents accept and complete them as soon as they see them."""

    client: Redis
    keys: Keys
    rate: float
    arrivals: list[Arrival] = field(default_factory=list)
    _open: int = 0
    _answered: set[str] = field(default_factory=set)
    _is_ending: bool = False
    _none_comes: asyncio.Event = field(default_factory=asyncio.Event)
    _none_is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def log_in(self) -> None:
        """Let every agent come."""
        for number in range(AGENTS):
            agent = {"type": "agent_login", "agent_id": f"agent-{number}", "inbox": INBOX}
            await self._send(agent)

    async def run(self) -> None:
        """Let interactions come, and agents answer, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._arrive())
            tasks.create_task(self._answer())

    async def end(self, timeout_s: float) -> None:
        """Let no more come, and wait for the end of those that did."""
        self._is_ending = True
        try:
            async with asyncio.timeout(timeout_s):
                await self._none_comes.wait()
                await self._none_is_open.wait()
        except TimeoutError:
            pass  # the report tells how many have ended

    async def _arrive(self) -> None:
        began_s = time.monotonic()
        while not self._is_ending:
            due_s = began_s + len(self.arrivals) / self.rate
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            # late or not, it counts from when it was to come
            name = f"i{len(self.arrivals)}"
            self.arrivals.append(Arrival(due_s, time.monotonic()))
            self._open += 1
            self._none_is_open.clear()
            await self._send({"type": "create", "interaction_id": name, "channel": CHANNEL})
        self._none_comes.set()

    async def _answer(self) -> None:
        after, key = "0-0", self.keys.work(INBOX)
        while True:
            entries = await read_stream(
                self.client, key, after, count=READ_COUNT, block_ms=BLOCK_MS
            )
            for entry_id, fields in entries:
                after = entry_id
                await self._read(unpack(fields[b"m"]))

    async def _read(self, message: dict[str, Any]) -> None:
        if message["type"] == "offer" and message["offer_id"] not in self._answered:
            self._answered.add(message["offer_id"])
            await self._take(message)
        elif message["type"] == "released":
            self._end(self._arrival(message))

    def _end(self, arrival: Arrival) -> None:
        arrival.ended += 1
        self._open -= 1
        if not self._open:
            self._none_is_open.set()

    async def _take(self, offer: dict[str, Any]) -> None:
        arrival = self._arrival(offer)
        if arrival.offered is None:
            epoch = int(offer["offer_id"].partition("-")[0])
            arrival.offered = Offered(time.monotonic(), epoch)
        named = {"interaction_id": offer["interaction_id"], "agent_id": offer["agent_id"]}
        accepted = {"offer_id": offer["offer_id"], "agent_id": offer["agent_id"]}
        await self._send({"type": "accept", **accepted}, {"type": "complete", **named})

    def _arrival(self, message: dict[str, Any]) -> Arrival:
        return self.arrivals[int(message["interaction_id"][1:])]

    async def _send(self, *commands: dict[str, Any]) -> None:
        for command in commands:
            packed = pack(command)
            await patiently(lambda packed=packed: self._add(packed))  # type: ignore[misc]  # bound now

    async def _add(self, packed: bytes) -> Any:
        return await self.client.xadd(self.keys.inbound, {"m": packed})
