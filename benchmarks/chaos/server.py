"""The server under our hand: a process of its own, killed, paused, and started on its data.

Right after each kill it is asked what it still has, before any router is let through: what it had
acknowledged and has not, the server has lost, and no router.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

from redis.asyncio import Redis

from adapters.redis.embedded import EmbeddedServer, find_server
from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from benchmarks.floor.wire import connect, patiently, unpack
from router.errors import CallerError

__all__ = ("NoSuchServer", "Server", "Survivors", "binary_of", "now_ms")

LOST_WITHIN_MS: Final = 10_000
"""A server that syncs every second cannot lose what is older."""

Result = TypeVar("Result")


class NoSuchServer(CallerError):
    """The server that was asked for is not here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"--server {self.name}: no such program; say embedded, redis (redis-server on the "
            "PATH), valkey, or the path of a server"
        )


class Survivors(NamedTuple):
    """What a killed server had in inbound when it came back, of its last ten seconds.

    ``position`` is how far its journal had come: whatever lay beyond that, no router had trimmed.
    """

    killed_ms: int
    position: StreamId
    present: frozenset[str]

    def lacks(self, entry_id: str) -> bool:
        """Whether the server must have lost this entry, which it had acknowledged."""
        found = StreamId.parse(entry_id)
        at_risk = self.killed_ms - LOST_WITHIN_MS < found.major <= self.killed_ms
        return at_risk and found > self.position and entry_id not in self.present


def binary_of(name: str) -> Path:
    """The program of ``embedded``, ``redis``, ``valkey``, or a path. Raises `NoSuchServer`."""
    if name == "embedded":
        return find_server()
    program = {"redis": "redis-server", "valkey": "valkey-server"}.get(name, name)
    found = shutil.which(program)
    if found is None:
        raise NoSuchServer(name)
    return Path(found)


def now_ms() -> int:
    """The server's time: it runs on this host."""
    return time.time_ns() // 1_000_000


class Server:
    """One server with an append-only file. Every call to it runs in one thread of its own.

    The kernel ends a server with the thread that started it, so that thread stays.
    """

    def __init__(self, binary: Path, directory: Path, appendfsync: str, tenant: str) -> None:
        extra = ("--appendfsync", appendfsync)
        self._embedded = EmbeddedServer(directory, binary=binary, extra=extra)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="server")
        self._keys = Keys(tenant)
        self._client = connect(self.url)
        self.survivors: list[Survivors] = []

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self._embedded.url

    @property
    def client(self) -> Redis:
        """A connection that waits for as long as the server is away."""
        return self._client

    async def start(self) -> None:
        """Start it. Raises ``ServerStartError``."""
        await self._in_thread(self._embedded.start)

    async def stop(self) -> None:
        """Let it end in good order, paused or not."""
        await self._client.aclose()
        with suppress(RuntimeError, ProcessLookupError):
            os.kill(self._embedded.pid, signal.SIGCONT)
        await self._in_thread(self._embedded.stop)
        self._thread.shutdown()

    async def kill(self) -> None:
        """End it at once."""
        await self._in_thread(self._embedded.kill)
        self._killed_ms = now_ms()

    async def start_again(self) -> None:
        """Start it on its data, and note what has survived."""
        await self.start()
        self.survivors.append(await patiently(self._ask_survivors))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the process meanwhile."""
        pid = self._embedded.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    async def _ask_survivors(self) -> Survivors:
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.xrevrange(self._keys.journal, count=1)
            pipeline.xrange(
                self._keys.inbound, min=self._killed_ms - LOST_WITHIN_MS, max=self._killed_ms
            )
            newest, entries = cast("list[list[tuple[bytes, Any]]]", await pipeline.execute())
        position = unpack(newest[0][1][b"r"])["position"] if newest else "0-0"
        present = frozenset(entry_id.decode() for entry_id, _ in entries)
        return Survivors(self._killed_ms, StreamId.parse(position), present)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
