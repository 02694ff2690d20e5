"""One real router on one server for all tests of this room, and the app in this process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from adapters.api.app import build_app
from adapters.api.holding.hosted import Hosted
from adapters.api.meters import ApiMeters
from adapters.api.reading.readers import Readers
from adapters.api.server import ApiServer, served, uvicorn_config
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Role
from adapters.identity.principal import Principal
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from tests.records import new_record
from tests.servers import start_server
from tests.tenant import POLICY, Tenant, running_service

TENANT = "t"

PEOPLE = {
    "admin": Principal(TENANT, "admin", frozenset({Role.ADMIN})),
    "second": Principal(TENANT, "second", frozenset({Role.ADMIN})),
    "ben": Principal(TENANT, "ben", frozenset({Role.SUPERVISOR})),
    "gateway": Principal(TENANT, "gateway", frozenset({Role.INTEGRATION})),
    "auditor": Principal(TENANT, "auditor", frozenset({Role.AUDITOR})),
    "anna": Principal(TENANT, "anna", frozenset({Role.AGENT}), agent_id="anna"),
    "both": Principal(TENANT, "both", frozenset({Role.AGENT, Role.AUDITOR}), agent_id="anna"),
}


class Names:
    """Lets in whoever gives the name of one of these people, into one tenant."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    async def authenticate(self, credential: str) -> Principal:
        if credential not in PEOPLE:
            raise Unauthenticated("nobody")
        return replace(PEOPLE[credential], tenant=self._tenant)


class Api:
    """The app, and a client for each of the people."""

    def __init__(self, hosted: Hosted, settings: ApiSettings) -> None:
        self.hosted = hosted
        self.meters = ApiMeters()
        self.app = build_app(
            {hosted.tenant: hosted},
            Names(hosted.tenant),
            settings,
            meters=self.meters,
            logger=structlog.get_logger(),
        )

    def client(self, name: str = "admin") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://api",
            headers={"Authorization": f"Bearer {name}"} if name else {},
        )


@pytest.fixture(scope="package")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = start_server("valkey", tmp_path_factory.mktemp("api"))
    yield server
    server.stop()


@asynccontextmanager
async def listening(api: Api) -> AsyncIterator[str]:
    """The app behind a port; its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ApiServer(uvicorn_config(api.app, api.app.state.settings))
    try:
        async with served(server, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await api.app.state.jobs.end()


@asynccontextmanager
async def hosting(url: str, tenant: str) -> AsyncIterator[Hosted]:
    """What an API process holds of a tenant, whose router runs, with an empty record."""
    async with running_service(url, tenant, policy=POLICY), new_record() as record:
        readers, logger = Readers(), structlog.get_logger()
        found = hosted_tenant(Endpoint(url), tenant, logger, readers, record=record)
        following = asyncio.create_task(found.projection.run())
        await found.projection.until_ready()
        try:
            yield found
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await found.close()
            readers.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def hosted(api_server: EmbeddedServer) -> AsyncIterator[Hosted]:
    """What an API process holds of the tenant of all tests."""
    async with hosting(api_server.url, TENANT) as found:
        yield found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def api(hosted: Hosted) -> Api:
    return Api(hosted, ApiSettings())


@pytest_asyncio.fixture(loop_scope="package")
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator."""
    async with api.client() as found:
        yield found


@pytest.fixture
def tenant(api_server: EmbeddedServer) -> Iterator[Tenant]:
    """What other clients see of the tenant."""
    found = Tenant(api_server, TENANT)
    yield found
    found.client.close()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an answer, which must be this problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/v1/problems/{code}"
    return body
