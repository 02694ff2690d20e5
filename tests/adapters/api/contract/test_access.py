"""Who may do what over HTTP: credentials, permissions, one's own agent, personal data."""

from __future__ import annotations

import httpx
import pytest
import structlog
from starlette.requests import Request

from adapters.api.app import build_app
from adapters.api.contract.access import Access
from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings
from adapters.audit.entry import decode_entry
from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal
from tests.adapters.api.conftest import PEOPLE, Api, problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_without_a_valid_credential_nobody_gets_in(api: Api) -> None:
    async with api.client("") as nobody, api.client("mallory") as stranger:
        for client in (nobody, stranger):
            for path in ("/v1/interactions", "/v1/policy", "/v1/agents/anna"):
                answer = await client.get(path)
                problem(answer, 401, "unauthenticated")
                assert answer.headers["www-authenticate"] == "Bearer"
        assert (await nobody.get("/healthz")).status_code == 200
        assert (await nobody.get("/v1/problems/offer_over")).json()["status"] == 409


async def test_a_role_may_do_what_the_matrix_says(api: Api) -> None:
    async with api.client("auditor") as auditor, api.client("gateway") as gateway:
        problem(await auditor.post("/v1/interactions", json={"channel": "chat"}), 403, "forbidden")
        policy = (await gateway.get("/v1/policy")).json()["policy"]
        problem(await gateway.put("/v1/policy", json={"policy": policy}), 403, "forbidden")


async def test_an_agent_sees_and_does_only_what_is_theirs(
    api: Api, client: httpx.AsyncClient
) -> None:
    for name in ("anna", "gus"):
        await client.post(f"/v1/agents/{name}/login", json={"inbox": "desk"})
        direct = {"agent_id": name, "over_capacity": True}
        await client.post(
            "/v1/interactions",
            json={"channel": "chat", "interaction_id": f"of-{name}", "direct": direct},
        )
    offers = {
        name: (await client.get(f"/v1/offers?interaction_id=of-{name}")).json()["items"][0]
        for name in ("anna", "gus")
    }
    async with api.client("anna") as anna:
        assert (await anna.get("/v1/interactions/of-anna")).status_code == 200
        problem(await anna.get("/v1/interactions/of-gus"), 404, "unknown_interaction")
        problem(await anna.get(f"/v1/offers/{offers['gus']['offer_id']}"), 404, "unknown_offer")
        seen = (await anna.get("/v1/offers")).json()["items"]
        assert {each["agent_id"] for each in seen} == {"anna"}
        problem(await anna.get("/v1/interactions"), 403, "forbidden")
        mine = (await anna.get("/v1/interactions?agent_id=anna")).json()["items"]
        assert "of-anna" in [each["interaction_id"] for each in mine]
        path = f"/v1/offers/{offers['gus']['offer_id']}/accept"
        problem(await anna.post(path, json={"agent_id": "gus"}), 403, "forbidden")
        problem(await anna.post(path, json={"agent_id": "anna"}), 409, "not_yours")
        taken = await anna.post(
            f"/v1/offers/{offers['anna']['offer_id']}/accept", json={"agent_id": "anna"}
        )
        assert taken.json()["state"] == "accepted"
        problem(await anna.put("/v1/agents/gus/state", json={"state": "unavailable"}), 403,
                "forbidden")  # fmt: skip
        problem(await anna.post("/v1/interactions/of-anna/cancel"), 403, "forbidden")
    for name in ("anna", "gus"):
        gone = await client.post(f"/v1/agents/{name}/logout")
        assert gone.json()["state"] == "offline"


async def test_personal_fields_are_shown_to_whom_may_see_them(
    api: Api, client: httpx.AsyncClient
) -> None:
    policy = (await client.get("/v1/policy")).json()["policy"]
    marked = {**policy, "personal": {"customer_id": True, "attributes": ["number"]}}
    assert (await client.put("/v1/policy", json={"policy": marked})).status_code == 200
    await client.post(
        "/v1/interactions",
        json={
            "channel": "chat",
            "interaction_id": "private",
            "customer_id": "c-9",
            "attributes": {"number": "030", "kind": "x"},
        },
    )
    async with api.client("auditor") as auditor:
        seen = (await auditor.get("/v1/interactions/private")).json()
        problem(await auditor.get("/v1/interactions?customer_id=c-9"), 403, "forbidden")
    async with api.client("both") as both:
        # what an agent may see of their own work shows nothing of everybody's
        assert (await both.get("/v1/interactions/private")).json() == seen
        problem(await both.get("/v1/interactions?customer_id=c-9"), 403, "forbidden")
    assert (seen["customer_id"], seen["attributes"]) == (
        "[personal]",
        {"number": "[personal]", "kind": "x"},
    )
    full = (await client.get("/v1/interactions/private")).json()
    assert (full["customer_id"], full["attributes"]["number"]) == ("c-9", "030")
    await client.put("/v1/policy", json={"policy": policy})


async def test_an_agents_own_answers_show_what_is_personal(
    api: Api,
) -> None:
    def access(name: str, permission: Permission) -> Access:
        return Access(
            PEOPLE[name], api.hosted, permission, ApiSettings(), Request({"type": "http"})
        )

    assert access("both", Permission.OFFERS_ANSWER).sees_personal
    assert access("anna", Permission.INTERACTIONS_READ).sees_personal
    assert access("admin", Permission.WEBHOOKS_READ).sees_personal
    for permission in (Permission.EVENTS_READ, Permission.WEBHOOKS_READ, Permission.EXPLAIN):
        assert not access("both", permission).sees_personal
    assert not access("anna", Permission.QUEUES_READ).sees_personal


async def test_the_tenant_comes_from_the_credential_alone(hosted: Hosted) -> None:
    class Elsewhere:
        async def authenticate(self, credential: str) -> Principal:
            return Principal("other", "key:1", frozenset({Role.ADMIN}))

    app = build_app({"t": hosted}, Elsewhere(), ApiSettings(), logger=structlog.get_logger())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        problem(await client.get("/v1/interactions"), 401, "unauthenticated")


async def test_what_somebody_decides_is_audited_without_what_is_personal(
    api: Api, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    created = {"channel": "chat", "interaction_id": "audited"}
    await client.post("/v1/interactions", json=created)
    async with api.client("gateway") as gateway:
        done = await gateway.patch("/v1/interactions/audited", json={"priority": 9})
    await client.post("/v1/agents/hal/login", json={"inbox": "desk"})
    await client.put("/v1/agents/hal/capacity", json={"capacity": 2})
    await client.post("/v1/agents/hal/logout")
    entries = [
        (fields[b"inbound"].decode(), decode_entry(entry_id.decode(), fields[b"a"]))
        for entry_id, fields in tenant.client.xrange(tenant.keys.audit)
        if b"inbound" in fields
    ]
    ours = [each for each in entries if each[1].resource_id in {"audited", "hal"}]
    (inbound, update), (_, capacity), (_, logout) = ours
    assert inbound == done.headers["onequeue-entry"]
    assert (update.actor.subject, update.action) == ("gateway", "interaction.update")
    assert update.before["priority"] == 0
    assert update.before["state"] == "queued"
    assert update.after == {"type": "update", "priority": 9}
    assert update.origin.request_id == done.headers["x-request-id"]
    assert logout.action == "agent.logout", "somebody else logged them out"
    assert (capacity.resource, capacity.after["capacity"]) == ("agent", 2)


async def test_agents_do_not_say_what_they_can(
    api: Api, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    described = {"skills": {"english": 4}, "capacity": 3, "attributes": {"site": "x"}}
    await client.post("/v1/agents/anna/login", json={"inbox": "desk", **described})
    async with api.client("anna") as anna:
        better = {"inbox": "desk", "skills": {"english": 5}, "capacity": 9}
        refused = problem(await anna.post("/v1/agents/anna/login", json=better), 403, "forbidden")
        assert [error["pointer"] for error in refused["errors"]] == ["/skills", "/capacity"]
        kept = (await anna.post("/v1/agents/anna/login", json={"inbox": "other"})).json()
        assert {name: kept[name] for name in described} == described
        assert kept["inbox"] == "other"
    open_minded = Api(api.hosted, ApiSettings(agents_describe_themselves=True))
    async with open_minded.client("anna") as anna:
        taken = (await anna.post("/v1/agents/anna/login", json=better)).json()
        assert (taken["skills"], taken["capacity"]) == ({"english": 5}, 9)
        assert taken["attributes"] == {"site": "x"}
    ((_, fields), *_) = tenant.client.xrevrange(tenant.keys.audit, count=1)
    entry = decode_entry("0-0", fields[b"a"])
    assert (entry.actor.subject, entry.after["capacity"]) == ("anna", 9)
    await client.post("/v1/agents/anna/logout")


async def test_everybody_may_ask_who_they_are(api: Api) -> None:
    async with api.client("anna") as anna, api.client("auditor") as auditor:
        found = (await anna.get("/v1/me")).json()
        assert (found["tenant"], found["subject"], found["roles"]) == ("t", "anna", ["agent"])
        assert (found["agent_id"], found["permissions"]) == ("anna", ["queues:read"])
        assert "offers:answer" in found["own_permissions"]
        found = (await auditor.get("/v1/me")).json()
        assert "audit:read" in found["permissions"]
        assert (found["agent_id"], found["own_permissions"]) == ("", [])
    async with api.client("") as nobody:
        problem(await nobody.get("/v1/me"), 401, "unauthenticated")
