"""Interactions over HTTP, against a real router."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.adapters.api.conftest import problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def create(client: httpx.AsyncClient, interaction_id: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post(
        "/v1/interactions", json={"interaction_id": interaction_id, "channel": "chat", **fields}
    )
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_what_is_created_is_answered_as_it_stands(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/interactions",
        json={"channel": "voice", "interaction_id": "call/1", "attributes": {"a": [1, None]}},
    )
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["state"] == "queued"
    assert shown["attributes"] == {"a": [1, None]}
    assert answer.headers["location"] == "/v1/interactions/call%2F1"
    assert shown["version"] in answer.headers["etag"]
    again = await client.get("/v1/interactions/call%2F1")
    assert again.json() == shown
    assert again.headers["etag"] == answer.headers["etag"]


async def test_a_create_that_is_repeated_is_no_second_one(client: httpx.AsyncClient) -> None:
    first = await create(client, "twice")
    answer = await client.post(
        "/v1/interactions", json={"interaction_id": "twice", "channel": "voice"}
    )
    assert answer.status_code == 200
    assert answer.json() == first
    assert answer.headers["onequeue-repeated"] == "true"


async def test_one_without_an_id_gets_one(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/interactions", json={"channel": "chat"})
    found = await client.get(answer.headers["location"])
    assert found.json() == answer.json()


async def test_a_change_names_the_version_it_is_for(client: httpx.AsyncClient) -> None:
    await create(client, "versioned")
    path = "/v1/interactions/versioned"
    before = await client.get(path)
    headers = {"If-Match": before.headers["etag"]}
    changed = await client.patch(path, json={"priority": 7}, headers=headers)
    assert changed.status_code == 200
    assert changed.json()["priority"] == 7
    late = await client.patch(path, json={"priority": 8}, headers=headers)
    assert problem(late, 412, "version_mismatch")["version"] == changed.json()["version"]
    assert (await client.get(path)).json()["priority"] == 7


async def test_what_is_known_already_is_not_sent_again(client: httpx.AsyncClient) -> None:
    await create(client, "cached")
    path = "/v1/interactions/cached"
    tag = (await client.get(path)).headers["etag"]
    assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 304
    # a note is no new version, and yet something else to read
    await client.post(f"{path}/notes", json={"text": "calls again"})
    found = await client.get(path, headers={"If-None-Match": tag})
    assert found.status_code == 200
    assert found.json()["notes"][0]["text"] == "calls again"


async def test_pages_hold_all_of_them_once(client: httpx.AsyncClient) -> None:
    names = [f"page-{number:02}" for number in range(25)]
    for name in names:
        await create(client, name, conversation_id="paged")
    link, found = "/v1/interactions?conversation_id=paged&limit=10", []
    while link:
        page = (await client.get(link)).json()
        found += [each["interaction_id"] for each in page["items"]]
        if len(found) == 10:  # what comes and goes meanwhile moves nothing else
            await client.post("/v1/interactions/page-00/cancel", json={})
            await client.post("/v1/interactions/page-12/cancel", json={})
        link = page["next"]
    assert found == [name for name in names if name != "page-12"]


async def test_what_came_of_it_is_told_after_its_end(client: httpx.AsyncClient) -> None:
    await create(client, "over", customer_id="c-1")
    answer = await client.post("/v1/interactions/over/cancel", json={"reason": "hung up"})
    assert answer.json()["state"] == "cancelled"
    shown = (await client.get("/v1/interactions/over")).json()
    assert (shown["reason"], shown["customer_id"], shown["version"]) == ("hung up", "c-1", "")
    late = await client.patch("/v1/interactions/over", json={"priority": 1})
    problem(late, 409, "finished")


async def test_an_offer_is_taken_once(client: httpx.AsyncClient) -> None:
    for name in ("ben", "cleo"):
        answer = await client.post(f"/v1/agents/{name}/login", json={"inbox": "desk"})
        assert answer.status_code == 200, answer.text
    await create(client, "offered", direct={"agent_id": "ben", "over_capacity": True})
    (offer,) = (await client.get("/v1/offers?agent_id=ben&interaction_id=offered")).json()["items"]
    path = f"/v1/offers/{offer['offer_id']}/accept"
    problem(await client.post(path, json={"agent_id": "cleo"}), 409, "not_yours")
    taken = await client.post(path, json={"agent_id": "ben"})
    accepted = taken.json()
    assert {**accepted, "ended_ms": 0} == {
        "offer_id": offer["offer_id"],
        "interaction_id": "offered",
        "agent_id": "ben",
        "state": "accepted",
        "issued_ms": None,
        "expires_ms": None,
        "ended_ms": 0,
        "channel": "chat",
        "queue": "general",
    }
    assert accepted["ended_ms"] >= offer["issued_ms"]
    assert offer["ended_ms"] is None
    shown = (await client.get("/v1/interactions/offered")).json()
    assert shown["assignment"]["agent_id"] == "ben"
    done = await client.post(
        "/v1/assignments/offered/complete", json={"agent_id": "ben", "outcome": "solved"}
    )
    assert (done.json()["state"], done.json()["outcome"]) == ("completed", "solved")
    for name in ("ben", "cleo"):
        await client.post(f"/v1/agents/{name}/logout")


async def test_signing_in_again_ends_no_break(client: httpx.AsyncClient) -> None:
    first = (await client.post("/v1/agents/eve/login", json={})).json()
    assert (first["inbox"], first["state"], first["reason"]) == ("http", "available", None)
    lunch = {"state": "unavailable", "reason": "lunch"}
    assert (await client.put("/v1/agents/eve/state", json=lunch)).json()["reason"] == "lunch"
    again = (await client.post("/v1/agents/eve/login", json={"inbox": "desk"})).json()
    assert (again["inbox"], again["state"], again["reason"]) == ("desk", "unavailable", "lunch")
    kept = (await client.post("/v1/agents/eve/login")).json()
    assert (kept["inbox"], kept["state"]) == ("desk", "unavailable")
    (listed,) = (await client.get("/v1/agents?state=unavailable")).json()["items"]
    assert (listed["agent_id"], listed["reason"]) == ("eve", "lunch")
    told = (await client.post("/v1/agents/eve/login", json={"state": "available"})).json()
    assert (told["state"], told["reason"]) == ("available", None)
    nonsense = await client.put("/v1/agents/eve/state", json={"state": "lunching"})
    detail = problem(nonsense, 422, "invalid")["detail"]
    assert detail == "Invalid enum value 'lunching'; one of available, unavailable"
    await client.post("/v1/agents/eve/logout")


async def test_who_accepts_too_late_is_told_why(client: httpx.AsyncClient) -> None:
    await client.post("/v1/agents/dora/login", json={"inbox": "desk"})
    await create(client, "withdrawn", direct={"agent_id": "dora", "over_capacity": True})
    (offer,) = (await client.get("/v1/offers?interaction_id=withdrawn")).json()["items"]
    await client.post("/v1/interactions/withdrawn/cancel")
    path = f"/v1/offers/{offer['offer_id']}"
    late = await client.post(f"{path}/accept", json={"agent_id": "dora"})
    assert "rescinded" in problem(late, 409, "offer_over")["detail"]
    assert (await client.get(path)).json()["state"] == "rescinded"
    await client.post("/v1/agents/dora/logout")


async def test_who_wrote_elsewhere_reads_it(client: httpx.AsyncClient, tenant: Tenant) -> None:
    before = (await client.get("/v1/interactions")).headers["onequeue-position"]
    epoch, _, lsn = before.partition("-")
    tenant.send({"type": "create", "interaction_id": "elsewhere", "channel": "chat"})
    path = f"/v1/interactions/elsewhere?min_position={epoch}-{int(lsn) + 1}"
    assert (await client.get(path)).status_code == 200
    never = await client.get(f"/v1/interactions/elsewhere?min_position={int(epoch) + 1}-0")
    problem(never, 412, "behind")
    assert never.headers["retry-after"] == "1"


async def test_an_inquiry_is_answered_with_place_and_wait(client: httpx.AsyncClient) -> None:
    await create(client, "asked")
    shown = (await client.post("/v1/interactions/asked/inquire")).json()
    assert shown["position"] >= 1
    assert shown["queue"] == "general"


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "malformed", None),
        (b'{"channel":"v\xff"}', 400, "malformed", None),
        (b'{"channel":7}', 422, "invalid", "/channel"),
        (b'{"chanel":"chat"}', 422, "invalid", "/chanel"),
        (b'{"channel":"fax"}', 422, "unknown_channel", "/channel"),
        (b'{"channel":"chat","attributes":{"n":%b}}' % (b"9" * 40), 422, "invalid", ""),
        (b'{"channel":"chat","attributes":{"n":1e999}}', 422, "invalid", "/attributes"),
        (b'{"channel":"chat","attributes":%b1%b}' % (b'{"a":' * 40, b"}" * 40), 413, "too_large",
         "/attributes"),
        (b'{"channel":"chat","attributes":%b1%b}' % (b'{"a":' * 9_000, b"}" * 9_000), 400,
         "malformed", None),
        (b'{"channel":"chat","requirements":[{"skill":"english","level":-1}]}', 422, "invalid",
         "/requirements/0/level"),
    ],
)  # fmt: skip
async def test_a_fault_is_told_with_its_place(
    client: httpx.AsyncClient, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/interactions", content=body, headers=headers)
    found = problem(answer, status, code)
    told = [each.get("pointer", "") for each in found.get("errors", [])]
    assert told == ([] if pointer is None else [pointer])
