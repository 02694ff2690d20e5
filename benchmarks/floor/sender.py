"""Sends commands to the inbound stream: many in one round trip, none lost while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.floor.wire import pack, patiently

__all__ = ("CommandSender",)


class CommandSender:
    """Collects commands and adds them to inbound in the order in which they came.

    After a lost answer the same commands are sent again: every command of the protocol is harmless
    when repeated. :meth:`run` does the sending and ends when cancelled.
    """

    def __init__(self, client: Redis, tenant: str) -> None:
        self._client = client
        self._key = Keys(tenant).inbound
        self._pending: list[bytes] = []
        self._wake = asyncio.Event()
        self.sent = 0

    def send(self, commands: Iterable[Mapping[str, Any]]) -> None:
        """Queue commands; they leave with the next round trip."""
        self._pending += [pack(command) for command in commands]
        if self._pending:
            self._wake.set()

    async def run(self) -> None:
        """Send what is queued, as long as it lasts."""
        while True:
            await self._wake.wait()
            await self.flush()

    async def flush(self) -> None:
        """Send everything queued by now and return when Redis has it."""
        self._wake.clear()
        batch, self._pending = self._pending, []
        if batch:
            await patiently(lambda: self._add(batch))
            self.sent += len(batch)

    async def _add(self, batch: list[bytes]) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for payload in batch:
                pipeline.xadd(self._key, {"m": payload})
            await pipeline.execute()
