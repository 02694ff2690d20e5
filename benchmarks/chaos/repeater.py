"""Sends acknowledged commands once more, as a client does that does not trust its own memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, TypeAlias, cast

from redis.asyncio import Redis

from adapters.redis.keys import Keys
from benchmarks.chaos.ledger import Acknowledged, LedgerFile
from benchmarks.chaos.server import now_ms
from benchmarks.floor.wire import pack, patiently

__all__ = ("Repeater", "acknowledged")

REMEMBERED: Final = 200

Command: TypeAlias = Mapping[str, Any]


def acknowledged(
    entry_id: str, command: Command, due_ms: int, *, again: bool = False
) -> Acknowledged:
    """The line of a ledger for a command that was added as ``entry_id``."""
    named = ("interaction_id", "offer_id", "agent_id")
    subject = next((command[name] for name in named if name in command), "")
    return Acknowledged(entry_id, command["type"], subject, due_ms, again)


class Repeater:
    """Picks from the latest commands at each of the ``moments`` (seconds after ``opens_ms``)."""

    def __init__(self, client: Redis, tenant: str, ledger: LedgerFile, random: Random) -> None:
        self._client = client
        self._key = Keys(tenant).inbound
        self._ledger = ledger
        self._random = random
        self._latest: deque[Command] = deque(maxlen=REMEMBERED)

    def remember(self, added: Sequence[tuple[str, Command]]) -> None:
        """Note commands that the server has acknowledged."""
        self._latest.extend(command for _, command in added)

    async def run(self, moments: Iterator[float], opens_ms: int, length_s: float) -> None:
        """Repeat commands until the length is over; moments that have passed are left out."""
        for moment_s in moments:
            if moment_s >= length_s:
                return
            wait_s = (opens_ms - now_ms()) / 1_000 + moment_s
            if wait_s < 0:
                continue
            await asyncio.sleep(wait_s)
            if self._latest:
                await self._repeat(self._random.choice(self._latest))

    async def _repeat(self, command: Command) -> None:
        due_ms, payload = now_ms(), pack(command)
        added = await patiently(lambda: self._client.xadd(self._key, {"m": payload}))
        entry_id = cast("bytes", added).decode()
        self._ledger.write([acknowledged(entry_id, command, due_ms, again=True)])
