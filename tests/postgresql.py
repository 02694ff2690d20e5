"""A real PostgreSQL for tests, in a directory of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ("PostgresServer", "postgresql_server")

PLACES = "/usr/lib/postgresql/*/bin"
UNPRIVILEGED = ("postgres", "nobody")
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")
"""No test takes the power away."""


class PostgresServer:
    """A running server; ``url`` of a database there, which is made by :meth:`database`."""

    def __init__(self, directory: Path, binaries: Path) -> None:
        self._directory = directory
        self._binaries = binaries
        self._user = _unprivileged()
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def start(self) -> None:
        """Make the cluster, if there is none, and serve it."""
        if self._user:
            shutil.chown(self._directory, self._user)
        if not (self._directory / "data").exists():
            self._call("initdb", "-D", f"{self._directory}/data", "-A", "trust", "-U", "test",
                       "--no-sync", "--encoding=UTF8", "--no-locale")  # fmt: skip
        options = [part for each in QUICK for part in ("-c", each)]
        log = (self._directory / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", f"{self._directory}/data", "-k",
                 str(self._directory), "-c", "listen_addresses=", *options],
                stdout=log, stderr=log, **self._as_user(),
            )  # fmt: skip
        deadline = time.monotonic() + 60.0
        while not self._answers():
            assert time.monotonic() < deadline, (self._directory / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: ends its children too
            self._process.wait(30.0)

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._count += 1
        name = f"record{self._count}"
        self._call("createdb", "-h", str(self._directory), "-U", "test", name)
        return f"postgresql://test@/{name}?host={self._directory}"

    def _answers(self) -> bool:
        asked = [str(self._binaries / "pg_isready"), "-q", "-h", str(self._directory)]
        return subprocess.run(asked, check=False).returncode == 0

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments],
            check=True,
            capture_output=True,
            cwd=self._directory,
            **self._as_user(),
        )

    def _as_user(self) -> dict[str, Any]:
        if not self._user:
            return {}
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}


def _unprivileged() -> str:
    """Who serves: PostgreSQL refuses to be root. "" for whoever we are."""
    if os.geteuid() != 0:
        return ""
    known = {each.pw_name for each in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)


@contextmanager
def postgresql_server(directory: Path) -> Iterator[PostgresServer]:
    """A running server; skips the test without PostgreSQL, but never in CI."""
    found = sorted(Path("/").glob(PLACES.removeprefix("/")))
    if not found:
        message = "there is no PostgreSQL in /usr/lib/postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    server = PostgresServer(directory, found[-1])
    try:
        server.start()
        yield server
    finally:
        server.kill()
