"""The HTTP API and the console beside the demo's router, with a key that dies with the demo."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from adapters.cli.acting import calling_user, this_computer
from adapters.identity.api_key import written
from adapters.identity.issuing import Issued, Terms
from adapters.identity.permissions import Role
from adapters.identity.register import Register
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from benchmarks.demo.log_lines import NotStarted, last_words
from benchmarks.demo.processes import Children
from router.errors import StoreUnavailable

__all__ = (
    "API",
    "CONSOLE",
    "DemoApi",
    "api_ready",
    "demo_key",
    "listening",
    "start_api",
    "start_console",
)

API: Final = "api"
CONSOLE: Final = "console"
QUESTION: Final = "/v1/queues"
ANSWER_S_MAX: Final = 10.0
READY_S_MAX: Final = 60.0
POLL_S: Final = 0.05
KEY_SPARE_S: Final = 120.0
"""How long a key outlasts the hour where the demo is killed and cannot end it."""


@dataclass(frozen=True, slots=True)
class DemoApi:
    """Where it listens, a key that it takes, and where its console is."""

    url: str
    key: str
    console: str

    def invitation(self) -> Iterator[str]:
        """How to ask it, as lines to be printed."""
        yield "Watch the floor in a browser (the link logs in):"
        yield f"  {self.console}/login#key={self.key}"
        yield f"Ask the HTTP API at {self.url}, too; its key works while the demo runs:"
        yield f"  export KEY={self.key}"
        yield f'  curl -s -H "Authorization: Bearer $KEY" {self.url}{QUESTION}'

    async def answer(self) -> dict[str, str] | None:
        """What was asked, and the API's word on the queue in which most wait; None: it did not
        answer in time, which is no fault of what the demo shows."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(base_url=self.url, timeout=ANSWER_S_MAX) as client:
            try:
                queues = (await client.get(QUESTION, headers=headers)).raise_for_status().json()
                fullest: dict[str, Any] = max(queues["items"], key=lambda each: each["waiting"])
                asked = f"{QUESTION}/{fullest['queue']}"
                told = (await client.get(asked, headers=headers)).raise_for_status()
            except httpx.HTTPError:
                return None
        return {"asked": f"GET {asked}", "answer": told.text}


@asynccontextmanager
async def demo_key(
    redis_url: str, tenant: str, seconds: float, role: Role = Role.SUPERVISOR
) -> AsyncIterator[str]:
    """A key that lasts as long as this does; killed, a little longer than the hour.

    Raises :class:`StoreUnavailable`.
    """
    stored = StoredKeys(Endpoint(redis_url), Keys(tenant))
    register = Register(stored, calling_user(), this_computer())
    lifetime_ms = round((seconds + KEY_SPARE_S) * 1_000)
    terms = Terms("the demo", frozenset({role}), lifetime_ms=lifetime_ms)
    try:
        issued: Issued = await register.create(terms)
        try:
            yield written(tenant, issued.key.key_id, issued.secret)
        finally:
            # without its server the key is gone as well
            with suppress(StoreUnavailable):
                await register.revoke(issued.key.key_id)
    finally:
        await register.close()


async def start_api(children: Children, where: list[str]) -> None:
    """Start it, on a port of this machine that is free; :func:`listening` says where."""
    options = ["--port", "0", "--log-format", "json"]
    await children.start(API, "adapters.cli.main", ["api", *where, *options])


async def start_console(children: Children, api_url: str) -> None:
    """Start it beside the API, on a port that is free too."""
    options = ["--api", api_url, "--port", "0", "--log-format", "json"]
    await children.start(CONSOLE, "adapters.cli.main", ["console", *options])


async def listening(children: Children, child: str, wait_s: float) -> str:
    """The URL of one of them. Raises ``NotStarted``."""
    said = await children.said(child, "listening", wait_s)
    return str(said["url"])


async def api_ready(url: str, log: Path) -> None:
    """Wait until an API serves. Raises ``NotStarted``."""
    deadline_s = time.monotonic() + READY_S_MAX
    async with httpx.AsyncClient(base_url=url, timeout=READY_S_MAX) as client:
        while not (await client.get("/readyz")).is_success:
            if time.monotonic() > deadline_s:
                raise NotStarted(f"the API is not ready:\n{last_words(log)}")
            await asyncio.sleep(POLL_S)
