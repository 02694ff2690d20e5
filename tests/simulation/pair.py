"""A real server and the model side by side, asked the same."""

from __future__ import annotations

import socket
import time
from typing import Any, Final, TypeAlias

import hiredis

from adapters.redis.embedded import EmbeddedServer
from tests.simulation.store.model import Model, Session
from tests.simulation.store.replies import ErrorReply

__all__ = ("Command", "Pair", "Real", "comparable", "tells_time")

OWN_FIELDS: Final = (b"radix-tree-keys", b"radix-tree-nodes")
"""Facts of a stream that tell how a server keeps it."""

Command: TypeAlias = tuple[bytes | str | int, ...]


class Real:
    """One connection to a real server, byte by byte."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(server.url.removeprefix("unix://"))
        self._reader = hiredis.Reader()

    def send(self, command: Command) -> None:
        self._socket.sendall(hiredis.pack_command(command))  # type: ignore[arg-type]  # its stub means any length

    def ask(self, *command: bytes | str | int) -> Any:
        self.send(command)
        return self.reply()

    def reply(self) -> Any:
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(65_536))
        return reply

    def close(self) -> None:
        self._socket.close()


class Pair:
    """A real server and the model, asked the same over the same connections."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.reals = [Real(server), Real(server)]
        self.reals[0].ask("FLUSHALL")
        self.reals[0].ask("SCRIPT", "FLUSH")
        self._now_us = time.time_ns() // 1_000
        self.model = Model(lambda: self._now_us)
        self.sessions = [Session(), Session()]

    def ask(self, command: Command, connection: int = 0) -> Any:
        """The reply of both; fails where they differ."""
        real = comparable(self.reals[connection].ask(*command))
        self._set_clock(command, real)
        asked = [part if isinstance(part, bytes) else str(part).encode() for part in command]
        model = comparable(self.model.execute(self.sessions[connection], asked))
        assert real == model, (command, real, model)
        return real

    def pass_time(self, ms: int) -> None:
        """Let time pass for both."""
        time.sleep(ms / 1_000)
        self._now_us += ms * 1_000

    def _set_clock(self, command: Command, reply: Any) -> None:
        """Let the model have the time that the server had."""
        if command == ("TIME",):
            self._now_us = int(reply[0]) * 1_000_000 + int(reply[1])
        elif tells_time(command) and isinstance(reply, bytes):
            self._now_us = int(reply.partition(b"-")[0]) * 1_000

    def close(self) -> None:
        for real in self.reals:
            real.close()


def tells_time(command: Command) -> bool:
    """Whether the answer to a command depends on the clock."""
    return command == ("TIME",) or (command[0] == "XADD" and "*" in command)


def comparable(reply: Any) -> Any:
    """A reply without what tells the servers apart, errors as their words."""
    if isinstance(reply, hiredis.ReplyError | ErrorReply):
        words = reply.text if isinstance(reply, ErrorReply) else str(reply)
        if words.startswith("NOSCRIPT"):
            return ("error", "NOSCRIPT")
        return ("error", words.partition(" script: ")[0])
    if not isinstance(reply, list):
        return reply
    if b"last-generated-id" in reply:
        facts = dict(zip(reply[::2], map(comparable, reply[1::2]), strict=True))
        return {name: fact for name, fact in facts.items() if name not in OWN_FIELDS}
    return [comparable(part) for part in reply]
