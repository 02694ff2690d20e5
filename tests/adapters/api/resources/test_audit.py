"""GET /v1/audit: who changed what, page by page, for those who may read it."""

from __future__ import annotations

import re
import time

import pytest
from fastapi.routing import APIRoute
from prometheus_client import generate_latest
from starlette.requests import Request

from adapters.api.app import ROUTERS
from adapters.api.contract.auditing import action_of
from adapters.api.layers.denials import CHANGING
from adapters.api.resources import audit
from adapters.audit.appending import append_alone, append_audited
from adapters.audit.entry import Actor, AuditEntry
from adapters.identity.rates import Rates
from adapters.redis.keys import Keys
from tests.adapters.api.conftest import TENANT, Api, problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")
KEYS = Keys(TENANT)


def entry(number: int, outcome: str = "") -> bytes:
    return AuditEntry(
        actor=Actor(f"jo-{number % 2}", ("admin",), "k1"),
        action="audited:write",
        resource="thing",
        resource_id=f"t{number}",
        before={"n": number},
        outcome=outcome,
    ).to_bytes()


async def test_entries_come_newest_first_and_page_by_page(api: Api, tenant: Tenant) -> None:
    for number in range(5):
        tenant.client.execute_command(*append_alone(KEYS, entry(number, "done")))
    async with api.client() as admin:
        found = []
        link = "/v1/audit?what=audited&limit=2"
        while link:
            page = (await admin.get(link)).json()
            assert len(page["items"]) <= 2
            found += [item["resource_id"] for item in page["items"]]
            link = page["next"]
        assert found == ["t4", "t3", "t2", "t1", "t0"]
        one = (await admin.get("/v1/audit?target=t3&who=jo-1")).json()["items"]
        assert [(item["before"], item["outcome"]) for item in one] == [({"n": 3}, "done")]
        assert (await admin.get("/v1/audit?target=t3&to_ms=1")).json()["items"] == []


async def test_a_page_looks_at_a_bounded_number_of_entries(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.client.delete(KEYS.audit)
    for number in range(12):
        tenant.client.execute_command(*append_alone(KEYS, entry(number, "done")))
    monkeypatch.setattr(audit, "LOOKED_AT_MAX", 5)
    async with api.client() as admin:
        pages, link = [], "/v1/audit?target=t1&limit=1"
        while link:
            page = (await admin.get(link)).json()
            pages.append([item["resource_id"] for item in page["items"]])
            link = page["next"]
        assert pages == [[], [], ["t1"]]
        pages, link = [], "/v1/audit?target=nothing"
        while link:
            page = (await admin.get(link)).json()
            pages.append(page["items"])
            link = page["next"]
        assert pages == [[], [], []]


async def test_what_came_of_a_command_is_read_from_the_journal(api: Api, tenant: Tenant) -> None:
    command = b'{"type":"accept","offer_id":"9-9","agent_id":"nobody"}'
    inbound = tenant.client.execute_command(*append_audited(KEYS, "j", command, entry(77)))
    await api.hosted.projection.reached(inbound.decode())
    async with api.client() as admin:
        (item,) = (await admin.get("/v1/audit?target=t77")).json()["items"]
    assert (item["inbound"], item["outcome"]) == (inbound.decode(), "refused: unknown_offer")


async def test_what_is_denied_stands_there_too_within_a_bound(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.client.delete(KEYS.audit)
    denials = api.app.state.denials
    monkeypatch.setattr(denials, "_each", Rates(0.001, 3, time.monotonic))
    async with api.client("auditor") as auditor, api.client() as admin:
        problem(await auditor.post("/v1/interactions/of-me/cancel", json={}), 403, "forbidden")
        problem(await auditor.put("/v1/policy", json={"policy": {}}), 403, "forbidden")
        path = "/v1/customers/NOBODY-KNOWS/forget"
        for _ in range(5):
            problem(await auditor.post(path), 403, "forbidden")
        monkeypatch.setattr(denials, "_each", Rates(1, 3, time.monotonic))
        problem(await auditor.post("/v1/keys", json={}), 403, "forbidden")
        items = (await admin.get("/v1/audit?who=auditor")).json()["items"]
        metrics = generate_latest(api.meters.registry).decode()
    assert [(each["action"], each["resource_id"], each["after"]) for each in items] == [
        ("key.create", "", {"denied_unwritten": 4}),
        ("customer.forget", "", None),
        ("policy.replace", "", None),
        ("interaction.cancel", "of-me", None),
    ]
    assert items[3]["outcome"] == "denied: this takes the permission interactions:write"
    assert "onequeue_api_denied_changes_total" in metrics
    assert not any(b"NOBODY" in fields[b"a"] for _, fields in tenant.client.xrange(KEYS.audit))


async def test_every_change_has_an_action_that_names_it() -> None:
    actions = {
        action_of(Request({"type": "http", "route": route}))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and CHANGING.intersection(route.methods or ())
    }
    assert {"interaction.cancel", "agent.skills", "offer.hold", "key.revoke"} <= actions
    assert [one for one in actions if not re.fullmatch(r"[a-z_]+[.][a-z_]+", one)] == []


async def test_only_who_may_read_it_does(api: Api) -> None:
    async with api.client("anna") as agent:
        problem(await agent.get("/v1/audit"), 403, "forbidden")
    async with api.client("auditor") as auditor:
        assert (await auditor.get("/v1/audit")).status_code == 200
        problem(await auditor.get("/v1/audit?cursor=nonsense"), 422, "invalid")
