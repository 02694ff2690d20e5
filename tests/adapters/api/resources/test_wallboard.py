"""The wallboard over HTTP: what waits, what happened, who is there."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.adapters.api.conftest import Api, problem

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def board(client: httpx.AsyncClient, **query: str) -> Any:
    answer = await client.get("/v1/wallboard", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def queue_of(found: Any, name: str) -> Any:
    return next(each for each in found["queues"] if each["queue"] == name)


async def test_it_tells_what_has_come_and_where_it_stands(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while not (await board(client))["queues"]:  # noqa: ASYNC110  # the policy is to come
            await asyncio.sleep(0.02)
    before = queue_of(await board(client), "general")["figures"]
    asked = {"channel": "voice", "interaction_id": "board-1", "origin_ms": now_ms() - 30_000}
    await client.post("/v1/interactions", json=asked)
    found = await board(client)
    general = queue_of(found, "general")
    figures = general["figures"]
    assert figures["waiting"] == before["waiting"] + 1
    assert figures["day"]["offered"] == before["day"]["offered"] + 1
    # a call that has waited for 30 of its 20 s
    over = figures["waiting_by_urgency"]["over_target"]
    assert over == before["waiting_by_urgency"]["over_target"] + 1
    assert 0 < figures["oldest_ms"] <= asked["origin_ms"]
    (voice,) = (each for each in general["channels"] if each["channel"] == "voice")
    assert voice["figures"]["waiting"] >= 1
    assert found["total"]["waiting"] == sum(q["figures"]["waiting"] for q in found["queues"])
    assert found["trend"]["waiting"][-1] == found["total"]["waiting"]
    assert len(found["trend"]["offered"]) == 60
    assert sum(found["trend"]["offered"]) >= 1
    await client.post("/v1/interactions/board-1/cancel", json={})
    gone = queue_of(await board(client), "general")["figures"]
    assert gone["waiting"] == before["waiting"]
    assert gone["day"]["abandoned"] == before["day"]["abandoned"] + 1


async def test_the_line_of_a_queue_stands_in_its_order(client: httpx.AsyncClient, api: Api) -> None:
    for agent in (await client.get("/v1/agents?limit=1000")).json()["items"]:
        await client.post(f"/v1/agents/{agent['agent_id']}/logout", json={})
    origins = {"line-1": 10_000, "line-2": 60_000, "line-3": 30_000}
    for name, ago_ms in origins.items():
        asked = {"channel": "voice", "interaction_id": name, "origin_ms": now_ms() - ago_ms}
        await client.post("/v1/interactions", json=asked)
    line = (await client.get("/v1/queues/general/line?limit=1000")).json()
    places = [each for each in line["first"] if each["interaction_id"] in origins]
    assert [each["interaction_id"] for each in places] == ["line-2", "line-3", "line-1"]
    assert [each["position"] for each in line["first"]] == [*range(1, len(line["first"]) + 1)]
    assert line["waiting"] == len(line["first"])
    assert len((await client.get("/v1/queues/general/line?limit=1")).json()["first"]) == 1
    problem(await client.get("/v1/queues/nowhere/line"), 404, "not_found")
    async with api.client("anna") as anna:
        problem(await anna.get("/v1/queues/general/line"), 403, "forbidden")
    for name in origins:
        await client.post(f"/v1/interactions/{name}/cancel", json={})


async def test_it_tells_who_is_there(client: httpx.AsyncClient) -> None:
    before = (await board(client))["agents"]
    await client.post("/v1/agents/board-agent/login", json={"inbox": "desk"})
    found = (await board(client))["agents"]
    assert found["by_status"]["available"] == before["by_status"]["available"] + 1
    await client.put("/v1/agents/board-agent/state", json={"state": "unavailable"})
    found = (await board(client))["agents"]
    assert found["by_status"]["unavailable"] == before["by_status"]["unavailable"] + 1
    await client.post("/v1/agents/board-agent/logout", json={})
    assert (await board(client))["agents"]["by_status"] == before["by_status"]


async def test_what_happened_before_it_was_asked_is_read_from_the_journal(
    client: httpx.AsyncClient,
) -> None:
    first_ms = (await client.get("/v1/statistics/live")).json()["first_record_ms"]
    async with asyncio.timeout(60):
        while (await board(client))["counted_from_ms"] != first_ms:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.05)
    # of what came minutes ago nothing can be expected
    assert (await board(client))["surge"]["level"] == "unknown"


async def test_an_answer_changes_only_when_something_has_happened(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/v1/wallboard")
    async with asyncio.timeout(60):
        while True:  # a minute may have ended in between, or the journal been read
            tag = {"If-None-Match": answer.headers["etag"]}
            answer = await client.get("/v1/wallboard", headers=tag)
            if answer.status_code == 304:
                break
    await client.post("/v1/interactions", json={"channel": "chat", "interaction_id": "board-2"})
    assert (await client.get("/v1/wallboard", headers=tag)).status_code == 200
    await client.post("/v1/interactions/board-2/cancel", json={})


async def test_a_day_is_one_of_the_zone_that_is_named(client: httpx.AsyncClient, api: Api) -> None:
    utc = (await board(client))["day_from_ms"]
    kathmandu = (await board(client, zone="Asia/Kathmandu"))["day_from_ms"]
    assert (utc - kathmandu) % 86_400_000 == 20_700_000  # 5:45 ahead
    problem(await client.get("/v1/wallboard?zone=Atlantis"), 422, "invalid")
    async with api.client("anna") as anna:
        problem(await anna.get("/v1/wallboard"), 403, "forbidden")


def now_ms() -> int:
    return int(time.time() * 1_000)
