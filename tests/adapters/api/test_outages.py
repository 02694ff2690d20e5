"""Without a router, and without a server: what is answered, and what becomes of it."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import structlog

from adapters.api.holding.hosted import Hosted
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.redis.wire import Endpoint
from tests.adapters.api.conftest import Api, problem
from tests.servers import start_server
from tests.tenant import running_service

pytestmark = pytest.mark.asyncio(loop_scope="package")

IMPATIENT = ApiSettings(decision_timeout_s=0.3, fresh_s=1.5)


async def test_what_nobody_decides_can_be_asked_for_later(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = start_server("valkey", tmp_path_factory.mktemp("outage"))
    hosted = hosted_tenant(Endpoint(server.url, timeout_s=1.0), "gone", structlog.get_logger())
    following = asyncio.create_task(hosted.projection.run())
    try:
        await hosted.projection.until_ready()
        await without_a_router(hosted)
        async with running_service(server.url, "gone"):
            async with asyncio.timeout(30):
                while not hosted.projection.freshness().has_begun:  # noqa: ASYNC110  # nobody tells of it
                    await asyncio.sleep(0.02)
        async with Api(hosted, IMPATIENT).client() as client:
            body = {"channel": "chat", "interaction_id": "left"}
            undecided = await client.post("/v1/interactions", json=body)
            entry = problem(undecided, 504, "undecided")["entry_id"]
            assert undecided.headers["location"] == f"/v1/commands/{entry}"
            assert (await client.get(f"/v1/commands/{entry}")).json()["state"] == "pending"
            async with running_service(server.url, "gone"):
                await hosted.projection.reached(entry)
                told = (await client.get(f"/v1/commands/{entry}")).json()
            assert (told["state"], told["events"]) == ("decided", ["interaction_created"])
            server.stop()
            await reads_go_on_and_writes_do_not(client)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await hosted.close()
        hosted.readers.close()
        server.stop()


async def without_a_router(hosted: Hosted) -> None:
    """Nobody has ever led the tenant: nothing is waited for, and it is said what to do."""
    async with Api(hosted, IMPATIENT).client() as client:
        for answer in (
            await client.get("/v1/interactions"),
            await client.post("/v1/interactions", json={"channel": "chat"}),
        ):
            assert "onequeue serve --tenant gone" in problem(answer, 503, "no_router")["detail"]
            assert answer.headers["retry-after"] == "5"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.text) == (
            503,
            "1 of 1 tenants: no router has ever led it\n",
        )


async def reads_go_on_and_writes_do_not(client: httpx.AsyncClient) -> None:
    # on a connection that breaks nobody knows whether it has arrived
    perhaps = await client.post("/v1/interactions", json={"channel": "chat"})
    assert perhaps.json()["code"] in {"undecided", "store_unavailable"}
    refused = await client.post("/v1/interactions", json={"channel": "chat"})
    problem(refused, 503, "store_unavailable")
    assert refused.headers["retry-after"] == "1"
    key = {"Idempotency-Key": "k"}
    refused = await client.post("/v1/interactions", json={"channel": "chat"}, headers=key)
    problem(refused, 503, "store_unavailable")
    first = await client.get("/v1/interactions/left")
    assert first.json()["state"] == "queued"
    async with asyncio.timeout(60):
        while (ready := await client.get("/readyz")).status_code == 200:  # noqa: ASYNC110  # as probes do
            await asyncio.sleep(0.05)
    assert "1 of 1 tenants" in ready.text
    later = await client.get("/v1/interactions/left")
    assert int(later.headers["onequeue-age-ms"]) >= 1_500
    assert (await client.get("/healthz")).status_code == 200
