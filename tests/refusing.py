"""Real servers that refuse: every way that can be brought about, and taken back."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis

from adapters.redis.embedded import EmbeddedServer
from tests.servers import FAST, binary_of, plain_client

__all__ = (
    "another_password",
    "busy",
    "disk_full",
    "full",
    "guarded",
    "read_only",
    "too_few_replicas",
    "with_a_disk",
    "without_rights",
)

DEADLINE_S = 20.0
NOBODY = ("127.0.0.1", 1)
GUARDED = "guarded"
PASSWORD = "right"


def guarded(server: EmbeddedServer) -> str:
    """The way to the server for a user of its own, who may do everything."""
    with plain_client(server) as client:
        rights = ("on", "resetpass", f">{PASSWORD}", "~*", "&*", "+@all")
        client.execute_command("ACL", "SETUSER", GUARDED, *rights)
    return server.url.replace("unix://", f"unix://{GUARDED}:{PASSWORD}@")


@contextmanager
def full(server: EmbeddedServer, *before: tuple[Any, ...]) -> Iterator[None]:
    """At its maxmemory; ``before`` are commands that are carried out in the same step."""
    with _refusing(server, before, ("CONFIG", "SET", "maxmemory", 1)) as client:
        try:
            yield
        finally:
            client.config_set("maxmemory", 0)


@contextmanager
def read_only(server: EmbeddedServer, *before: tuple[Any, ...]) -> Iterator[None]:
    """A replica, of a primary that is not there."""
    with _refusing(server, before, ("REPLICAOF", *NOBODY)) as client:
        try:
            yield
        finally:
            client.replicaof("NO", "ONE")


@contextmanager
def too_few_replicas(server: EmbeddedServer, *before: tuple[Any, ...]) -> Iterator[None]:
    """A primary that wants a replica, and has none."""
    with _refusing(server, before, ("CONFIG", "SET", "min-replicas-to-write", 1)) as client:
        try:
            yield
        finally:
            client.config_set("min-replicas-to-write", 0)


@contextmanager
def without_rights(server: EmbeddedServer, *before: tuple[Any, ...]) -> Iterator[None]:
    """The user ``guarded`` may not run scripts any more."""
    with _refusing(server, before, ("ACL", "SETUSER", GUARDED, "-@scripting")) as client:
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", GUARDED, "+@scripting")


@contextmanager
def another_password(server: EmbeddedServer) -> Iterator[None]:
    """The user ``guarded`` has another password, and has to say it."""
    with plain_client(server) as client:
        client.execute_command("ACL", "SETUSER", GUARDED, "resetpass", ">another")
        client.execute_command("CLIENT", "KILL", "USER", GUARDED)
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", GUARDED, f">{PASSWORD}")


@contextmanager
def busy(server: EmbeddedServer) -> Iterator[None]:
    """A script of somebody else does not end."""
    with plain_client(server) as client, plain_client(server) as culprit:
        client.config_set("busy-reply-threshold", 10)
        # it has written nothing, so it can be killed
        script = "while true do redis.call('PING') end"
        running = threading.Thread(target=_until_killed, args=(culprit, script), daemon=True)
        running.start()
        try:
            yield
        finally:
            _until(lambda: client.execute_command("SCRIPT", "KILL"))
            running.join(DEADLINE_S)
            client.config_set("busy-reply-threshold", 5_000)


def with_a_disk(product: str, directory: Path, *options: str) -> EmbeddedServer:
    """A server (not running) whose disk can be :func:`disk_full`."""
    directory.mkdir()
    wrapper = directory / "server"
    # what is ignored stays so in the server, which then sees an error instead of a signal
    wrapper.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {binary_of(product)} \"$@\"\n")
    wrapper.chmod(0o700)
    return EmbeddedServer(directory / "data", binary=wrapper, extra=(*FAST, *options))


@contextmanager
def disk_full(server: EmbeddedServer) -> Iterator[None]:
    """No file of the server's may grow any more, or be made."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (16, hard))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _refusing(
    server: EmbeddedServer, before: tuple[tuple[Any, ...], ...], last: tuple[Any, ...]
) -> Iterator[Any]:
    with plain_client(server) as client:
        with client.pipeline(transaction=True) as pipeline:
            for command in (*before, last):
                pipeline.execute_command(*command)
            pipeline.execute()
        yield client


def _until_killed(client: Any, script: str) -> None:
    with suppress(redis.RedisError):
        client.execute_command("EVAL", script, 0)


def _until(what: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        with suppress(redis.RedisError):
            if what():
                return
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
