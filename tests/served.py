"""A router and an API as their own processes, with keys: what a program of somebody else meets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from typer.testing import CliRunner

from adapters.cli import keys
from tests.integration.router_process import RouterProcess, Routers
from tests.servers import start_server

__all__ = ("Served", "served")

TENANT = "t"


class Served:
    """Where they are; ``key`` makes a key as `onequeue keys create` does."""

    def __init__(self, redis_url: str, routers: Routers, *options: str) -> None:
        self.redis_url = redis_url
        self._routers = routers
        self.api = self.start_api(*options)
        self.url = self.url_of(self.api)

    def start_api(self, *options: str) -> RouterProcess:
        """One more API process."""
        asked = ("--port", "0", "--nice", "0", *options)
        process = self._routers.start(self.redis_url, *asked, command="api")
        process.wait_until_it_says("listening")
        return process

    def url_of(self, process: RouterProcess) -> str:
        """Where it listens, once it can be asked."""
        url: str = process.said("listening")[0]["url"]
        deadline = time.monotonic() + 40.0
        while not is_ready(url):
            assert time.monotonic() < deadline, process.last_words()
            time.sleep(0.02)
        return url

    def key(self, role: str, agent: str = "") -> str:
        """A key with this role."""
        asked = ["create", f"a {role}", "--role", role, *(("--agent", agent) if agent else ())]
        where = ["--json", "--redis", self.redis_url, "--tenant", TENANT]
        done = CliRunner().invoke(keys.app, [*asked, *where], catch_exceptions=False)
        found: str = json.loads(done.stdout)["key"]
        return found


def is_ready(url: str) -> bool:
    """Whether the API can be asked; a machine that is busy may leave it without an answer."""
    try:
        return httpx.get(f"{url}/readyz", timeout=5.0).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def served(folder: Path, pages: Path | None = None) -> Iterator[Served]:
    """A server, a router and an API, perhaps with pages, until the end of the block."""
    server = start_server("valkey", folder)
    routers = Routers(folder)
    try:
        routers.start(server.url)
        yield Served(server.url, routers, *(("--pages", str(pages)) if pages else ()))
    finally:
        routers.end()
        server.stop()
