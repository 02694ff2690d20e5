"""The event socket of FreeSWITCH as recorded: a real listening socket, frames word for word.

FreeSWITCH itself is not in Debian. What it says is taken from its own source and from what others
have recorded: the greeting, the replies to ``auth``, ``filter`` and ``event``, ``-ERR no reply``
for an answer that is empty, the disconnect notice.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ("PASSWORD", "EventSocketServer")

PASSWORD: Final = "ClueCon-2"
HOST: Final = "127.0.0.1"
GOODBYE: Final = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"


class EventSocketServer:
    """Answers each API command by ``api``; ``fire`` sends an event to whoever wants it."""

    def __init__(self, api: Callable[[str], str | None]) -> None:
        self.api = api
        """What answers; None: nothing does."""
        self._sessions: list[_Session] = []
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.said: list[str] = []
        """Every API command."""
        self.rejects = False
        """Its access list has nobody."""
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def fire(self, event: dict[str, str]) -> None:
        for session in tuple(self._sessions):
            session.tell(event)

    def break_connections(self) -> None:
        """Every connection ends, as when FreeSWITCH is restarted."""
        for session in tuple(self._sessions):
            session.end()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(30)
        self.break_connections()

    def answer(self, command: str) -> str | None:
        self.said.append(command)
        return self.api(command)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            session = _Session(self, connection)
            self._sessions.append(session)
            threading.Thread(target=session.serve, daemon=True).start()

    def leave(self, session: _Session) -> None:
        self._sessions.remove(session)


class _Session:
    """One connection."""

    def __init__(self, server: EventSocketServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._writing = threading.Lock()
        self._wanted: set[str] = set()
        self._filters: list[tuple[str, str]] = []
        self._is_known = False

    def serve(self) -> None:
        with suppress_broken(), self._connection:
            if self._server.rejects:
                denied = "Access Denied, go away.\n"
                self._write("Content-Type: text/rude-rejection\n", denied)
                return
            self._write("Content-Type: auth/request\n")
            with self._connection.makefile("r", encoding="utf-8", newline="\n") as said:
                for command in _commands(said):
                    if not self._do(command):
                        break
        self._server.leave(self)

    def tell(self, event: dict[str, str]) -> None:
        name = event["Event-Name"]
        if name == "CUSTOM":
            name = event["Event-Subclass"]
        if name not in self._wanted or not all(event.get(k) == v for k, v in self._filters):
            return
        body = json.dumps(event)
        head = f"Content-Length: {len(body.encode())}\nContent-Type: text/event-json\n"
        with suppress_broken():
            self._send(f"{head}\n{body}")

    def end(self) -> None:
        with suppress_broken():
            self._write("Content-Type: text/disconnect-notice\n", GOODBYE)
        with suppress_broken():
            self._connection.shutdown(socket.SHUT_RDWR)

    def _do(self, command: str) -> bool:
        word, _, rest = command.partition(" ")
        if word == "auth":
            self._is_known = rest == PASSWORD
            self._reply("+OK accepted" if self._is_known else "-ERR invalid")
            if not self._is_known:
                self._write("Content-Type: text/disconnect-notice\n", GOODBYE)
        elif not self._is_known:
            self._reply("-ERR command not found")
        elif word == "filter":
            name, _, value = rest.partition(" ")
            self._filters.append((name, value))
            self._reply(f"+OK filter added. [{name}]=[{value}]")
        elif word == "event":
            self._wanted |= set(rest.split()[1:]) - {"CUSTOM"}
            self._reply("+OK event listener enabled json")
        elif word == "api":
            answer = self._server.answer(rest)
            if answer is not None:
                self._write("Content-Type: api/response\n", answer or "-ERR no reply\n")
        else:
            self._reply("-ERR command not found")
        return self._is_known

    def _reply(self, text: str) -> None:
        self._send(f"Content-Type: command/reply\nReply-Text: {text}\n\n")

    def _write(self, head: str, body: str = "") -> None:
        length = f"Content-Length: {len(body.encode())}\n" if body else ""
        self._send(f"{head}{length}\n{body}")

    def _send(self, text: str) -> None:
        with self._writing:
            self._connection.sendall(text.encode())


def _commands(said: Iterator[str]) -> Iterator[str]:
    """Commands end with an empty line."""
    lines: list[str] = []
    for line in said:
        if line != "\n":
            lines.append(line.rstrip("\n"))
        elif lines:
            yield "\n".join(lines)
            lines = []


@contextmanager
def suppress_broken() -> Iterator[None]:
    """The other side may go at any time."""
    try:
        yield
    except (OSError, ValueError):
        return
