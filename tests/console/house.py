"""A house for stories: server, router, API and console, all real, in the loop of the tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
import yaml
from starlette.types import ASGIApp

from adapters.api.app import build_app
from adapters.api.holding.hosted import Hosted
from adapters.api.reading.readers import Readers
from adapters.api.server import ApiServer, served, uvicorn_config
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings, ServerSettings
from adapters.audit import Actor
from adapters.client import OneQueue
from adapters.console.app import build_console, close_console
from adapters.console.settings import ConsoleSettings
from adapters.identity.api_key import written
from adapters.identity.authenticator import open_authenticator
from adapters.identity.issuing import Terms
from adapters.identity.permissions import Role
from adapters.identity.register import Register
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.tenant import Tenant, running_service

__all__ = ("POLICY", "TENANT", "House", "listening", "open_house")

TENANT = "floor"
POLICY: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "examples" / "mixed-center.yaml").read_text()
)
"""Nine media, four queues."""


class House:
    """Where everything is. ``admin`` asks the API; ``tenant`` is the way over streams."""

    def __init__(self, server: EmbeddedServer, hosted: Hosted, api_url: str, url: str) -> None:
        self.server = server
        self.hosted = hosted
        self.api_url = api_url
        self.url = url
        self.tenant = Tenant(server, TENANT)
        self.admin: OneQueue
        self._keys: dict[tuple[str, str], str] = {}
        self.cookies: dict[str, Any] = {}
        """Of who has logged in with a key."""

    async def key(self, role: Role | str, agent: str = "") -> str:
        """A key with this role, or these roles with a "+" between, the same each time."""
        wanted = (str(role), agent)
        if wanted not in self._keys:
            register = Register(StoredKeys(Endpoint(self.server.url), Keys(TENANT)), Actor("tests"))
            roles = frozenset(Role(each) for each in str(role).split("+"))
            terms = Terms(f"the {role}", roles, agent_id=agent or None)
            made, secret = await register.create(terms)
            await register.close()
            self._keys[wanted] = written(TENANT, made.key_id, secret)
        return self._keys[wanted]


@asynccontextmanager
async def open_house(server: EmbeddedServer) -> AsyncIterator[House]:
    """A house on a server that runs, until the end of the block."""
    endpoint = Endpoint(server.url)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running_service(server.url, TENANT, policy=POLICY))
        readers = Readers()
        stack.callback(readers.close)
        hosted = hosted_tenant(endpoint, TENANT, structlog.get_logger(), readers)
        stack.push_async_callback(hosted.close)
        for task in (hosted.projection.run(), hosted.applying.run()):
            stack.push_async_callback(_ended, asyncio.create_task(task))
        await hosted.projection.until_ready()
        async with asyncio.timeout(60.0):
            while hosted.applying.in_force.version == 0:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)
        authenticator = open_authenticator({TENANT: endpoint})
        stack.push_async_callback(authenticator.close)
        settings = ApiSettings(requests_per_s=1e6, requests_burst=1_000_000, job_processes=1)
        api = build_app({TENANT: hosted}, authenticator, settings)
        stack.push_async_callback(api.state.jobs.end)
        api_url = await stack.enter_async_context(listening(api, settings))
        asked = ConsoleSettings(api=api_url)
        console = build_console(asked)
        stack.push_async_callback(close_console, console)
        url = await stack.enter_async_context(listening(console, asked))
        house = House(server, hosted, api_url, url)
        stack.callback(house.tenant.client.close)
        house.admin = OneQueue(api_url, await house.key(Role.ADMIN))
        stack.push_async_callback(house.admin.close)
        yield house


@asynccontextmanager
async def listening(app: ASGIApp, settings: ServerSettings) -> AsyncIterator[str]:
    """An app behind a port; its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ApiServer(uvicorn_config(app, settings))
    async with served(server, listener):
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.force_exit = True  # browsers keep their connections


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
