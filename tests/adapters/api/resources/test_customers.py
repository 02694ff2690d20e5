"""POST /v1/customers/{id}/forget: a customer is erased, and nobody else may ask for it."""

from __future__ import annotations

import asyncio

import pytest

from adapters.api.reading.past import Source
from adapters.api.resources.customers import Forgetting, forgotten
from adapters.audit import Actor, AuditEntry
from adapters.privacy import alone
from adapters.redis.keys import Keys
from tests.adapters.api.conftest import Api, problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")
KEYS = Keys("t")
CUSTOMER = "customer/FORGET-ME"
PATH = "/v1/customers/customer%2FFORGET-ME/forget"
CREATE = {
    "interaction_id": "forget-1",
    "channel": "chat",
    "customer_id": CUSTOMER,
    "attributes": {"name": "Zoe FORGET-ME"},
}


async def test_a_customer_is_erased(api: Api, tenant: Tenant) -> None:
    async with api.client() as admin:
        made = await admin.post("/v1/interactions", json=CREATE)
        assert made.status_code == 201, made.text
        refused = problem(await admin.post(PATH), 409, "wrong_state")
        assert "1 wait (including_open cancels them): forget-1" in refused["detail"]
        would = (await admin.post(PATH, json={"dry_run": True})).json()
        assert (would["done"], would["waiting"]) == (False, ["forget-1"])
        assert would["counts"]["journal"] > 0
        answer = await admin.post(PATH, json={"including_open": True})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["done"], told["interactions"], told["remains"]) == (True, 1, [])
        audit = (await admin.get("/v1/audit?what=customer&who=admin")).json()["items"]
    assert [item["outcome"] for item in audit] == ["done", "begun"]
    for key in tenant.client.keys("*{t}*"):
        assert b"FORGET-ME" not in tenant.client.dump(key), key


async def test_only_who_may_forget_does(api: Api) -> None:
    async with api.client("gateway") as gateway:
        problem(await gateway.post(PATH), 403, "forbidden")


async def test_while_another_erasure_works_it_is_busy(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.client.set(KEYS.forgetting, "elsewhere:1:2", px=30_000)
    monkeypatch.setattr(alone, "LEASE_WAIT_S", 0.1)
    source = Source(api.hosted.endpoint.url, "t", None, 5.0)
    entry = AuditEntry(actor=Actor("test"), action="forget", resource="customer")
    try:
        told = await asyncio.to_thread(forgotten, source, "nobody", Forgetting(), entry)
    finally:
        tenant.client.delete(KEYS.forgetting)
    assert "elsewhere:1:2 erases a customer" in told["busy"]
