"""What happened to a conversation, what a customer wanted, who is a customer, what is stranded."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from tests.adapters.api.conftest import Api, problem

pytestmark = pytest.mark.asyncio(loop_scope="package")

TOGETHER = {"customer_id": "jo-7", "conversation_id": "jo-matter"}


async def held(client: httpx.AsyncClient, name: str, agent_id: str, **fields: Any) -> str:
    """An interaction that an agent has; the offer that they took."""
    direct = {"agent_id": agent_id, "over_capacity": True}
    made = await client.post(
        "/v1/interactions", json={"interaction_id": name, "direct": direct, **TOGETHER, **fields}
    )
    assert made.status_code == 201, made.text
    (offer,) = (await client.get(f"/v1/offers?interaction_id={name}")).json()["items"]
    path = f"/v1/offers/{offer['offer_id']}/accept"
    assert (await client.post(path, json={"agent_id": agent_id})).status_code == 200
    return str(offer["offer_id"])


@pytest_asyncio.fixture(loop_scope="package")
async def jo(client: httpx.AsyncClient) -> None:
    """A customer who has mailed, and then chats."""
    for name in ("jo-ann", "jo-bob"):
        await client.post(f"/v1/agents/{name}/login", json={"inbox": "desk"})
    if (await client.get("/v1/interactions/jo-1")).status_code == 200:
        return
    await held(client, "jo-1", "jo-ann", channel="chat")
    await client.post(
        "/v1/interactions/jo-1/transfer",
        json={"agent_id": "jo-ann", "to_agent": "jo-bob", "at_once": True, "over_capacity": True},
    )
    await client.post(
        "/v1/assignments/jo-1/complete", json={"agent_id": "jo-bob", "outcome": "sent"}
    )
    await client.post("/v1/assignments/jo-1/end_wrap_up", json={"agent_id": "jo-bob"})
    await held(client, "jo-2", "jo-ann", channel="chat")


async def test_the_path_of_a_conversation_goes_over_agents(
    client: httpx.AsyncClient, jo: None
) -> None:
    told = (await client.get("/v1/conversations/jo-matter/path")).json()
    assert [leg["interaction_id"] for leg in told["legs"]] == ["jo-1", "jo-2"]
    first, second = told["legs"]
    assert (first["state"], first["agents"], first["outcome"]) == (
        "completed",
        ["jo-ann", "jo-bob"],
        "sent",
    )
    assert (second["state"], second["agents"]) == ("assigned", ["jo-ann"])
    events = [step["event"] for step in told["steps"] if step["interaction_id"] == "jo-1"]
    assert events[:3] == ["interaction_created", "offer_issued", "offer_accepted"]
    assert "interaction_requeued" in events
    assert events[-1] == "interaction_wrapped_up"
    times = [step["at_ms"] for step in told["steps"]]
    assert times == sorted(times)
    assert told["is_whole"]
    same = (await client.get("/v1/interactions/jo-2/path")).json()
    assert same["legs"] == told["legs"]
    problem(await client.get("/v1/conversations/no-such/path"), 404, "unknown_conversation")
    problem(await client.get("/v1/interactions/no-such/path"), 404, "unknown_interaction")


async def test_what_a_customer_wanted_is_told_page_by_page(
    client: httpx.AsyncClient, jo: None
) -> None:
    path = "/v1/customers/jo-7/interactions"
    page = (await client.get(f"{path}?limit=1")).json()
    assert [leg["interaction_id"] for leg in page["items"]] == ["jo-2"]
    rest = (await client.get(page["next"])).json()
    assert [leg["interaction_id"] for leg in rest["items"]] == ["jo-1"]
    assert (await client.get("/v1/customers/nobody-9/interactions")).json()["items"] == []
    problem(await client.get(f"{path}?cursor=oXg"), 422, "invalid")


async def test_customers_are_found_by_how_their_id_begins(
    client: httpx.AsyncClient, jo: None
) -> None:
    told = (await client.get("/v1/customers?prefix=jo-")).json()
    (found,) = told["items"]
    assert (found["customer_id"], found["open"], found["ended"]) == ("jo-7", 1, 1)
    assert found["channels"] == ["chat"]
    every = (await client.get("/v1/customers?prefix=jo-&limit=1")).json()
    assert every["next"] is None
    assert (await client.get("/v1/customers?prefix=zz")).json()["items"] == []


async def test_an_agent_sees_nobody_elses_matters(api: Api, jo: None) -> None:
    async with api.client("anna") as anna:
        for path in (
            "/v1/customers",
            "/v1/customers/jo-7/interactions",
            "/v1/conversations/jo-matter/path",
            "/v1/interactions/jo-1/path",
            "/v1/rescue",
        ):
            problem(await anna.get(path), 403, "forbidden")


async def test_what_nobody_can_serve_is_to_be_rescued(client: httpx.AsyncClient) -> None:
    asked = {"channel": "chat", "interaction_id": "stranded"}
    needs = [{"skill": "english", "level": 5}]
    await client.post("/v1/interactions", json={**asked, "requirements": needs})
    told = (await client.get("/v1/rescue")).json()
    mine = [one for one in told["items"] if one["interaction"]["interaction_id"] == "stranded"]
    assert [one["reasons"] for one in mine] == [["nobody_can_serve"]]
    assert told["total"] >= told["by_reason"]["nobody_can_serve"] >= 1
    await client.post("/v1/agents/able/login", json={"inbox": "desk", "skills": {"english": 5}})
    told = (await client.get("/v1/rescue")).json()
    assert "stranded" not in [one["interaction"]["interaction_id"] for one in told["items"]]
    await client.post("/v1/interactions/stranded/cancel")
    await client.post("/v1/agents/able/logout")


async def test_what_is_declined_often_is_to_be_rescued(client: httpx.AsyncClient) -> None:
    await client.post("/v1/agents/tired/login", json={"inbox": "desk", "state": "available"})
    asked = {"interaction_id": "unloved", "channel": "chat"}
    await client.post("/v1/interactions", json={**asked, "excluded_agents": ["jo-ann", "jo-bob"]})
    for _ in range(5):
        again = {"agent_id": "tired", "over_capacity": True}
        await client.post("/v1/interactions/unloved/offer_to", json=again)
        (offer,) = (await client.get("/v1/offers?interaction_id=unloved")).json()["items"]
        decline = {"agent_id": offer["agent_id"], "retry_s": 3600}
        await client.post(f"/v1/offers/{offer['offer_id']}/decline", json=decline)
    told = (await client.get("/v1/rescue")).json()
    (mine,) = [one for one in told["items"] if one["interaction"]["interaction_id"] == "unloved"]
    assert ("often_declined" in mine["reasons"], mine["failed_offers"]) == (True, 5)
    await client.post("/v1/interactions/unloved/cancel")
    await client.post("/v1/agents/tired/logout")


async def test_an_offer_is_taken_back_by_who_may(api: Api, client: httpx.AsyncClient) -> None:
    await client.post("/v1/agents/busy/login", json={"inbox": "desk", "state": "available"})
    direct = {"agent_id": "busy", "over_capacity": True}
    await client.post(
        "/v1/interactions", json={"interaction_id": "back", "channel": "chat", "direct": direct}
    )
    (offer,) = (await client.get("/v1/offers?interaction_id=back")).json()["items"]
    path = f"/v1/offers/{offer['offer_id']}/rescind"
    async with api.client("anna") as anna:
        problem(await anna.post(path), 403, "forbidden")
    reason = {"reason": "a meeting", "retry_s": 600}
    told = await client.post(path, json=reason)
    assert (told.status_code, told.json()["state"]) == (200, "rescinded")
    entry = (await client.get("/v1/audit?what=offer.rescind&limit=1")).json()["items"][0]
    assert entry["after"]["reason"] == "a meeting"
    again = await client.post(path)
    assert again.headers["onequeue-repeated"] == "true"
    await client.post("/v1/interactions/back/cancel")
    await client.post("/v1/agents/busy/logout")


async def test_what_waits_is_moved_with_a_reason(client: httpx.AsyncClient) -> None:
    asked = {"interaction_id": "moves", "channel": "chat", "suspension": {}}
    await client.post("/v1/interactions", json=asked)
    path = "/v1/interactions/moves/move"
    problem(await client.post(path, json={"queue": "nowhere"}), 422, "unknown_queue")
    refused = problem(await client.post(path, json={"queue": "general"}), 409, "wrong_state")
    assert "resume it first" in refused["detail"]
    raised = {"priority": 7, "reason": "a friend of the house"}
    await client.patch("/v1/interactions/moves", json=raised)
    entry = (await client.get("/v1/audit?target=moves&limit=1")).json()["items"][0]
    assert (entry["before"]["priority"], entry["after"]) == (0, raised | {"type": "update"})
    await client.post("/v1/interactions/moves/cancel")


async def test_the_state_of_somebody_else_is_audited(api: Api, client: httpx.AsyncClient) -> None:
    login = {"inbox": "desk", "state": "available"}
    async with api.client("gateway") as gateway:
        await gateway.post("/v1/agents/ola/login", json=login)
        await gateway.put("/v1/agents/ola/state", json={"state": "unavailable"})
        assert not (await client.get("/v1/audit?target=ola")).json()["items"]
    told = {"state": "unavailable", "reason": "fire drill"}
    await client.put("/v1/agents/ola/state", json={"state": "available"})
    await client.put("/v1/agents/ola/state", json=told)
    entry = (await client.get("/v1/audit?target=ola&limit=1")).json()["items"][0]
    assert (entry["action"], entry["after"]["reason"]) == ("agent.state", "fire drill")
    assert (entry["before"]["state"], entry["after"]["state"]) == ("available", "unavailable")
    await client.post("/v1/agents/ola/logout")


async def nothing_waits(client: httpx.AsyncClient) -> None:
    """Nobody who comes gets what others have left."""
    waiting = (await client.get("/v1/interactions?state=queued&limit=1000")).json()["items"]
    for one in waiting:
        name = quote(one["interaction_id"], safe="")
        cancelled = await client.post(f"/v1/interactions/{name}/cancel")
        assert cancelled.status_code == 200, cancelled.text


async def test_an_explanation_is_told_as_far_as_is_asked(client: httpx.AsyncClient) -> None:
    await nothing_waits(client)
    for name in ("top-1", "top-2", "top-3"):
        await client.post(f"/v1/agents/{name}/login", json={"inbox": "desk", "state": "available"})
    await client.post("/v1/interactions", json={"channel": "chat", "interaction_id": "top"})
    path = "/v1/explanations/interactions/top"
    whole, cut = [(await client.get(path, params=asked)).json() for asked in ({}, {"top": 1})]
    (all_of_it,), (some,) = whole["offers"], cut["offers"]
    assert len(all_of_it["candidates"]) >= 3
    assert some["candidates"] == all_of_it["candidates"][:1]
    assert some["counts"] == all_of_it["counts"]
    await client.post("/v1/interactions/top/cancel")
    for name in ("top-1", "top-2", "top-3"):
        await client.post(f"/v1/agents/{name}/logout")
