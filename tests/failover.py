"""A primary and its replica, with lines between them that can be stalled, and an address that can
be given to the other server."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from adapters.redis.embedded import EmbeddedServer
from tests.servers import FAST, binary_of, plain_client

__all__ = ("Line", "Pair", "end_at_once", "replicated", "sentinel")

REPLICATION = ("--repl-diskless-sync-delay", "0", "--repl-diskless-load", "swapdb")


class Line:
    """An address on the loopback that leads to a server.

    While ``stalled`` nothing passes, and nobody is told. ``switch`` leads to another server from
    then on, and cuts whoever is connected. Of the next ``lose_replies`` answers none arrives.
    """

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._passing = asyncio.Event()
        self._passing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self.lose_replies = 0
        self.refusing = False

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        self._passing.set()
        self._cut()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def port(self) -> int:
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def stall(self) -> None:
        self._passing.clear()

    def resume(self) -> None:
        self._passing.set()

    def switch(self, server: EmbeddedServer) -> None:
        self.lead_newcomers_to(server)
        self._cut()

    def lead_newcomers_to(self, server: EmbeddedServer) -> None:
        """As ``switch``, and who is connected stays so."""
        self._server = server

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        try:
            if self.refusing:
                return
            path = self._server.url.removeprefix("unix://")
            up_reader, up_writer = await asyncio.open_unix_connection(path)
            ends.add(up_writer)
            self._writers |= ends
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, up_writer))
                group.create_task(self._pump(up_reader, writer, answers=True))
        except* (ConnectionError, FileNotFoundError):
            pass
        finally:
            self._writers -= ends
            for one in ends:
                one.close()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        while data := await source.read(65_536):
            if answers and self.lose_replies:
                self.lose_replies -= 1
                raise ConnectionResetError
            await self._passing.wait()
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError


@dataclass
class Pair:
    """``line`` is between replica and primary, ``address`` in front of whoever is the primary."""

    primary: EmbeddedServer
    replica: EmbeddedServer
    line: Line
    address: Line

    async def until_synced(self) -> None:
        """Wait until the replica has all that the primary has."""
        async with asyncio.timeout(30):
            while not self._is_synced():  # noqa: ASYNC110  (only the servers know)
                await asyncio.sleep(0.01)

    def _is_synced(self) -> bool:
        with plain_client(self.primary) as ahead, plain_client(self.replica) as behind:
            about: dict[str, Any] = behind.info("replication")
            offset = ahead.info("replication")["master_repl_offset"]
            return (about["master_link_status"], about["slave_repl_offset"]) == ("up", offset)

    async def lag(self) -> None:
        """From here on the replica gets nothing more, and nobody notices."""
        await self.until_synced()
        self.line.stall()

    def promote(self) -> None:
        """Kill the primary, and promote the replica."""
        self.primary.kill()
        with plain_client(self.replica) as client:
            client.replicaof("NO", "ONE")

    def fail_over(self) -> None:
        """The same, and the address leads there."""
        self.promote()
        self.address.switch(self.replica)


@asynccontextmanager
async def replicated(product: str, directory: Path) -> AsyncIterator[Pair]:
    """A primary with a replica that is in step."""
    async with AsyncExitStack() as stack:
        primary, replica = (
            stack.enter_context(
                EmbeddedServer(
                    directory / name, binary=binary_of(product), extra=FAST + REPLICATION
                )
            )
            for name in ("primary", "replica")
        )
        line = await stack.enter_async_context(Line(primary))
        address = await stack.enter_async_context(Line(primary))
        with plain_client(replica) as client:
            client.replicaof("127.0.0.1", line.port)
        pair = Pair(primary, replica, line, address)
        await pair.until_synced()
        try:
            yield pair
        finally:
            end_at_once(primary, replica)


def end_at_once(*servers: EmbeddedServer) -> None:
    """End servers that would not end on a word while they write a first file as a replica."""
    for server in servers:
        server.kill()


SENTINEL = """
port {port}
bind 127.0.0.1
dir {directory}
sentinel monitor {service} 127.0.0.1 {primary} 1
sentinel down-after-milliseconds {service} 400
sentinel failover-timeout {service} 5000
"""


@contextmanager
def sentinel(
    product: str, directory: Path, primary_port: int, service: str = "oq"
) -> Iterator[str]:
    """A sentinel that watches a primary by its port: its address, as ``host:port``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"port": port, "directory": directory, "primary": primary_port, "service": service}
    path = directory / "sentinel.conf"
    path.write_text(SENTINEL.format(**settings))
    process = subprocess.Popen([binary_of(product), path, "--sentinel"], stdout=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
