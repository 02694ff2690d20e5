"""The model: one command at a time, with transactions and scripts, as a server carries them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from tests.simulation.store.hash_commands import HASH_COMMANDS
from tests.simulation.store.key_commands import KEY_COMMANDS
from tests.simulation.store.keyspace import Keyspace
from tests.simulation.store.replies import SYNTAX, ErrorReply, integer
from tests.simulation.store.scripts import SCRIPTS, Script, sha_of
from tests.simulation.store.stream_commands import (
    STREAM_COMMANDS,
    Wanted,
    read_arguments,
    read_streams,
)
from tests.simulation.store.streams import Entry, Stream

__all__ = ("Blocked", "Model", "Session")

COMMANDS: Final = {**KEY_COMMANDS, **HASH_COMMANDS, **STREAM_COMMANDS}
READERS: Final = frozenset(
    (
        *(b"GET", b"EXISTS", b"TYPE", b"TIME", b"PING", b"UNWATCH"),
        *(b"XLEN", b"XRANGE", b"XREVRANGE", b"XINFO", b"HGET", b"HMGET", b"HGETALL", b"HEXISTS"),
    )
)
"""Commands that change nothing."""

NO_SCRIPT: Final = "NOSCRIPT No matching script. Please use EVAL."
INFO: Final = {
    b"server": b"# Server\r\nredis_version:7.0.15\r\n",
    b"replication": b"# Replication\r\nrole:master\r\n",
    b"persistence": b"# Persistence\r\naof_enabled:1\r\n",
    b"memory": b"# Memory\r\nmaxmemory_policy:noeviction\r\n",
}


class Session:
    """What a server remembers of one connection."""

    def __init__(self) -> None:
        self.queued: list[Sequence[bytes]] | None = None
        self.watched: dict[bytes, int] = {}


class Blocked(NamedTuple):
    """In place of a reply: there is nothing to read yet."""

    wanted: Wanted


class Model:
    """A server without a network: :meth:`execute` answers commands.

    Replies are bytes, numbers, None, lists of these and :class:`ErrorReply` objects. A command or a
    script that the model does not know is no reply but a ``NotImplementedError``.
    """

    def __init__(self, now_us: Callable[[], int]) -> None:
        self.keys = Keyspace(now_us)
        self.scripts: dict[bytes, Script] = dict(SCRIPTS)
        self.written: list[tuple[int, bytes, Sequence[bytes]]] = []
        """Commands that may have changed something, each with the time at which it did."""

        self._loaded: set[bytes] = set()

    def restart(self) -> None:
        """Forget what a server keeps in memory alone."""
        self._loaded.clear()

    def lose_all_but(self, kept: int) -> Iterator[None]:
        """Go back to the first commands that were written, and let it be seen how each is again
        what it was."""
        written, self.written = self.written[:kept], []
        now_us = self.keys.now_us
        self.keys.clear()
        for at_us, name, arguments in written:
            self.keys.now_us = partial(int, at_us)
            self._run_queued((name, *arguments))
            yield
        self.keys.now_us = now_us

    def stream(self, key: str) -> list[Entry]:
        """What stands in a stream; nothing if there is none."""
        stream = self.keys.find(key.encode(), Stream)
        return stream.entries if stream is not None else []

    def text(self, key: str) -> str:
        """A string, "" if there is none."""
        return (self.keys.find(key.encode(), bytes) or b"").decode()

    def execute(self, session: Session, command: Sequence[bytes]) -> Any:
        """Carry a command out, or keep it for the end of the transaction."""
        name = command[0].upper()
        try:
            if name in _CONTROL and not (name == b"UNWATCH" and session.queued is not None):
                return _CONTROL[name](self, session, command[1:])
            if session.queued is None:
                return self._run(name, command[1:], may_block=True)
            session.queued.append(command)
        except ErrorReply as error:
            return error
        return b"QUEUED"

    def unblock(self, blocked: Blocked) -> Any:
        """What there is by now of what somebody waits for; None if there is nothing."""
        return read_streams(self.keys, blocked.wanted)

    def _run(self, name: bytes, arguments: Sequence[bytes], *, may_block: bool = False) -> Any:
        command = COMMANDS.get(name)
        if command is not None:
            self._keep(name, arguments)
            return command(self.keys, arguments)
        if name == b"XREAD":
            wanted = read_arguments(self.keys, arguments)
            found = read_streams(self.keys, wanted)
            waits = found is None and wanted.block_ms is not None and may_block
            return Blocked(wanted) if waits else found
        if name in {b"EVAL", b"EVALSHA"}:
            return self._evaluate(name, arguments)
        if name == b"INFO":
            return b"".join(INFO[section.lower()] for section in arguments or INFO)
        if name == b"SCRIPT":
            return self._script(arguments)
        raise NotImplementedError(f"the model has no command {name.decode()}")

    def _evaluate(self, name: bytes, arguments: Sequence[bytes]) -> Any:
        sha = arguments[0] if name == b"EVALSHA" else sha_of(arguments[0])
        if name == b"EVALSHA" and sha not in self._loaded:
            raise ErrorReply(NO_SCRIPT)
        if sha not in self.scripts:
            raise NotImplementedError(f"the model does not know the script {sha.decode()}")
        self._loaded.add(sha)
        count = integer(arguments[1])
        keys, rest = arguments[2 : 2 + count], arguments[2 + count :]
        # what it does by itself is not kept one by one
        self._keep(b"EVALSHA", [sha, *arguments[1:]])
        return self.scripts[sha](self._call, keys, rest)

    def _call(self, *command: bytes) -> Any:
        return COMMANDS[command[0].upper()](self.keys, command[1:])

    def _keep(self, name: bytes, arguments: Sequence[bytes]) -> None:
        if name not in READERS:
            self.written.append((self.keys.now_us(), name, arguments))

    def _script(self, arguments: Sequence[bytes]) -> bytes:
        if arguments[0].upper() == b"FLUSH":
            self._loaded.clear()
            return b"OK"
        if arguments[0].upper() != b"LOAD":
            raise ErrorReply(SYNTAX)
        sha = sha_of(arguments[1])
        self._loaded.add(sha)
        return sha

    # --- transactions ---

    def _multi(self, session: Session, arguments: Sequence[bytes]) -> bytes:
        if session.queued is not None:
            raise ErrorReply("ERR MULTI calls can not be nested")
        session.queued = []
        return b"OK"

    def _exec(self, session: Session, arguments: Sequence[bytes]) -> Any:
        if session.queued is None:
            raise ErrorReply("ERR EXEC without MULTI")
        queued, watched = session.queued, session.watched
        session.queued, session.watched = None, {}
        if any(self.keys.version(key) != version for key, version in watched.items()):
            return None
        return [self._run_queued(command) for command in queued]

    def _run_queued(self, command: Sequence[bytes]) -> Any:
        try:
            return self._run(command[0].upper(), command[1:])
        except ErrorReply as error:
            return error

    def _discard(self, session: Session, arguments: Sequence[bytes]) -> bytes:
        if session.queued is None:
            raise ErrorReply("ERR DISCARD without MULTI")
        session.queued, session.watched = None, {}
        return b"OK"

    def _watch(self, session: Session, arguments: Sequence[bytes]) -> bytes:
        if session.queued is not None:
            raise ErrorReply("ERR WATCH inside MULTI is not allowed")
        for key in arguments:
            session.watched.setdefault(key, self.keys.version(key))
        return b"OK"

    def _unwatch(self, session: Session, arguments: Sequence[bytes]) -> bytes:
        session.watched.clear()
        return b"OK"


_CONTROL: Final = {
    b"MULTI": Model._multi,
    b"EXEC": Model._exec,
    b"DISCARD": Model._discard,
    b"WATCH": Model._watch,
    b"UNWATCH": Model._unwatch,
}
