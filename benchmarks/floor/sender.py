"""Sends commands to the inbound stream: many in one round trip, none lost while Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.floor.wire import pack, patiently

__all__ = ("Added", "CommandSender")

Command: TypeAlias = Mapping[str, Any]
Added: TypeAlias = Callable[[Sequence[tuple[str, Command]]], object]
"""Told of commands that the server has acknowledged, each with the id of its entry."""


class CommandSender:
    """Collects commands and adds them to inbound in the order in which they came.

    After a lost answer the same commands are sent again: every command of the protocol is harmless
    when repeated. :meth:`run` does the sending and ends when cancelled.
    """

    def __init__(self, client: Redis, tenant: str, on_added: Added | None = None) -> None:
        self._client = client
        self._key = Keys(tenant).inbound
        self._on_added = on_added
        self._pending: list[Command] = []
        self._wake = asyncio.Event()
        self.sent = 0

    def send(self, commands: Iterable[Command]) -> None:
        """Queue commands; they leave with the next round trip."""
        self._pending += commands
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
            ids = await patiently(lambda: self._add(batch))
            self.sent += len(batch)
            if self._on_added is not None:
                self._on_added(list(zip(ids, batch, strict=True)))

    async def _add(self, batch: Sequence[Command]) -> list[str]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for command in batch:
                pipeline.xadd(self._key, {"m": pack(command)})
            return [entry_id.decode() for entry_id in cast("list[bytes]", await pipeline.execute())]
