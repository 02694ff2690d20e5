"""Who could serve an interaction, and what waits in a queue, over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.adapters.api.conftest import Api, problem

pytestmark = pytest.mark.asyncio(loop_scope="package")

ENGLISH = [{"skill": "english", "level": 1}]


async def test_an_interaction_tells_who_could_serve_it(client: httpx.AsyncClient, api: Api) -> None:
    await client.post("/v1/agents/el-away/login", json={"inbox": "desk", "state": "unavailable"})
    skills = {"inbox": "desk", "state": "unavailable", "skills": {"english": 1}}
    await client.post("/v1/agents/el-able/login", json=skills)
    asked = {"channel": "chat", "interaction_id": "el-1", "requirements": ENGLISH}
    await client.post("/v1/interactions", json=asked)
    told = (await client.get("/v1/interactions/el-1/eligibility?limit=1")).json()
    found = told["eligibility"]
    assert found["now"]["count"] == 0
    assert [one["agent_id"] for one in found["if_free"]["agents"]] == ["el-able"]
    assert found["if_free"]["by_obstacle"] == {"not_available": 1}
    assert found["lacking"][0]["agents"] == found["cannot"]["count"]
    (demand,) = [
        one
        for one in (await client.get("/v1/queues/general/eligibility")).json()["demands"]
        if one["first_id"] == "el-1"
    ]
    assert demand["waiting"] == 1
    assert demand["eligibility"]["if_free"]["count"] == 1
    async with api.client("anna") as anna:
        problem(await anna.get("/v1/interactions/el-1/eligibility"), 403, "forbidden")
    await client.post("/v1/interactions/el-1/cancel", json={})
    for name in ("el-away", "el-able"):
        await client.post(f"/v1/agents/{name}/logout")


async def test_what_is_not_open_is_not_found(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/interactions/el-9/eligibility"), 404, "unknown_interaction")
    problem(await client.get("/v1/queues/nowhere/eligibility"), 404, "not_found")
