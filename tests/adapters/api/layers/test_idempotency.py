"""A POST that is sent again with its key gets the answer that it got before."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import structlog

from adapters.api.holding.hosted import Hosted
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from tests.adapters.api.conftest import TENANT, Api, problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def test_the_same_answer_comes_again_from_another_process_too(
    client: httpx.AsyncClient, hosted: Hosted, tenant: Tenant
) -> None:
    first = await client.post("/v1/interactions", json={"channel": "chat"}, headers=key("k-1"))
    other = hosted_tenant(hosted.endpoint, TENANT, structlog.get_logger())
    following = asyncio.create_task(other.projection.run())
    await other.projection.until_ready()
    async with Api(other, ApiSettings()).client() as elsewhere:
        again = await elsewhere.post(
            "/v1/interactions", json={"channel": "chat"}, headers=key("k-1")
        )
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await other.close()
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    (kept,) = [
        name for name in tenant.client.keys("*idempotency*") if tenant.client.ttl(name) > 80_000
    ]
    assert tenant.client.ttl(kept) <= 86_400


async def test_one_key_is_of_one_request_and_of_one_principal(
    api: Api, client: httpx.AsyncClient
) -> None:
    await client.post("/v1/interactions", json={"channel": "chat"}, headers=key("k-2"))
    other = await client.post("/v1/interactions", json={"channel": "voice"}, headers=key("k-2"))
    problem(other, 422, "idempotency_mismatch")
    async with api.client("gateway") as gateway:
        theirs = await gateway.post(
            "/v1/interactions", json={"channel": "voice"}, headers=key("k-2")
        )
        assert theirs.status_code == 201
    problem(
        await client.post("/v1/interactions", json={"channel": "chat"}, headers=key("a b")),
        400,
        "bad_request",
    )


async def test_two_at_once_make_one(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(
            client.post("/v1/interactions", json={"channel": "chat"}, headers=key("k-3"))
            for _ in range(5)
        )
    )
    made = [each for each in answers if each.status_code == 201]
    busy = [each for each in answers if each.status_code == 409]
    assert len(made) + len(busy) == 5
    assert len({each.json()["interaction_id"] for each in made}) == 1
    for each in busy:
        problem(each, 409, "idempotency_busy")


async def test_a_refusal_stands_too_but_not_a_moment_of_weakness(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    refused = await client.post("/v1/interactions/nothing/cancel", headers=key("k-4"))
    problem(refused, 404, "unknown_interaction")
    tenant.send({"type": "create", "interaction_id": "nothing", "channel": "chat"})
    again = await client.post("/v1/interactions/nothing/cancel", headers=key("k-4"))
    assert again.json() == refused.json()
    malformed = {"content-type": "application/json", **key("k-5")}
    problem(
        await client.post("/v1/interactions", content=b"{", headers=malformed), 400, "malformed"
    )
    assert (
        await client.post("/v1/interactions", content=b'{"channel":"chat"}', headers=malformed)
    ).status_code == 201
