"""The link between one router and the server: a TCP proxy that cuts, stalls and loses replies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, Self

__all__ = ("WAYS", "Proxy", "Way")

Way = Literal["there", "back"]
"""From the router to the server, and from the server to the router."""

WAYS: Final[tuple[Way, ...]] = ("there", "back")

CHUNK: Final = 65_536
COMMAND_WITHIN: Final = 32
JOURNAL_WITHIN: Final = 8_192
"""Behind the text of the script, where the server does not know it yet."""

ERROR: Final = b"-"


class Proxy:
    """Listens on a local port for one router and passes on to the server's unix socket.

    While ``refusing`` nobody gets through. ``appended_at_s`` is when the router last sent an append
    (in the loop's time): whoever did so last is the leader, whatever anybody believes.
    """

    def __init__(self, server_socket: str) -> None:
        self._server_socket = server_socket
        self._links: list[_Link] = []
        self._open = {way: asyncio.Event() for way in WAYS}
        for way in self._open.values():
            way.set()
        self._replies_to_drop = 0
        self._dropped = asyncio.Event()
        self._port = 0
        self.refusing = False
        self.appended_at_s = float("-inf")

    @property
    def url(self) -> str:
        """Where the router connects."""
        return f"redis://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        self.cut_all()

    def cut(self, random: Random) -> bool:
        """Cut one connection, whichever; whether there was one."""
        if not self._links:
            return False
        random.choice(self._links).cut()
        return True

    def cut_all(self) -> None:
        """Cut every connection."""
        for link in self._links:
            link.cut()

    async def drop_reply(self, within_s: float) -> bool:
        """Swallow the reply to the next append, and cut; whether one came in time."""
        self._dropped.clear()
        self._replies_to_drop = 1
        try:
            async with asyncio.timeout(within_s):
                await self._dropped.wait()
        except TimeoutError:
            self._replies_to_drop = 0
            for link in self._links:
                link.is_doomed = False
            return False
        return True

    @contextmanager
    def stalled(self, *ways: Way) -> Iterator[None]:
        """Hold back everything that goes these ways, meanwhile; nothing of it is lost."""
        for way in ways:
            self._open[way].clear()
        try:
            yield
        finally:
            for way in ways:
                self._open[way].set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            upstream = await asyncio.open_unix_connection(self._server_socket)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(reader, writer, *upstream)
        self._links.append(link)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._there(link))
                tasks.create_task(self._back(link))
        except* OSError:
            pass
        finally:
            self._links.remove(link)
            # the append was cut off by something else: the next one is to lose its reply
            self._replies_to_drop += link.is_doomed
            link.cut()

    async def _there(self, link: _Link) -> None:
        while data := await link.reader.read(CHUNK):
            if _is_append(data):
                self.appended_at_s = asyncio.get_running_loop().time()
                link.is_doomed = self._replies_to_drop > 0
                self._replies_to_drop -= link.is_doomed
            await self._open["there"].wait()
            link.up_writer.write(data)
            await link.up_writer.drain()
        raise ConnectionResetError

    async def _back(self, link: _Link) -> None:
        while data := await link.up_reader.read(CHUNK):
            if link.is_doomed:
                link.is_doomed = False
                if not data.startswith(ERROR):
                    self._dropped.set()
                    raise ConnectionResetError
                # nothing was appended: the server does not know the script, or refuses
                self._replies_to_drop += 1
            await self._open["back"].wait()
            link.writer.write(data)
            await link.writer.drain()
        raise ConnectionResetError


@dataclass(slots=True, eq=False)
class _Link:
    """Both ends of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    up_reader: asyncio.StreamReader
    up_writer: asyncio.StreamWriter
    is_doomed: bool = False
    """An append is on its way whose reply will not arrive."""

    def cut(self) -> None:
        self.writer.transport.abort()
        self.up_writer.transport.abort()


def _is_append(data: bytes) -> bool:
    """Whether a request begins with a call of the script that writes the journal."""
    is_script = data.find(b"EVAL", 0, COMMAND_WITHIN) >= 0
    return is_script and data.find(b":journal\r\n", 0, JOURNAL_WITHIN) >= 0
