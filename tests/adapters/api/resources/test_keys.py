"""API keys over HTTP: they let in, they are shown once, and nobody gives what they do not have."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from adapters.audit import Actor, AuditEntry
from adapters.identity.authenticator import open_authenticator
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal
from tests.adapters.api.conftest import TENANT, Api, problem
from tests.tenant import Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")

WANTED = {"name": "desk", "roles": ["agent"], "agent_id": "anna", "lifetime_s": 60}


async def made(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/keys", json=WANTED | fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def principal_of(api: Api, credential: str) -> Principal:
    authenticator = open_authenticator({TENANT: api.hosted.endpoint})
    try:
        return await authenticator.authenticate(credential)
    finally:
        await authenticator.close()


async def test_a_key_lets_in_until_it_is_revoked(api: Api, client: httpx.AsyncClient) -> None:
    told = await made(client)
    found = await principal_of(api, told["secret_key"])
    assert found.roles == {Role.AGENT}
    assert found.agent_id == "anna"
    key = told["key"]
    assert key["expires_ms"] - key["created_ms"] == 60_000
    assert key["created_by"] == "admin"
    ended = await client.delete(f"/v1/keys/{key['key_id']}")
    assert ended.json()["revoked_ms"] is not None
    with pytest.raises(Unauthenticated):
        await principal_of(api, told["secret_key"])
    problem(await client.delete(f"/v1/keys/{key['key_id']}"), 409, "wrong_state")


async def test_keys_are_listed_by_pages_without_secrets(client: httpx.AsyncClient) -> None:
    secrets = [(await made(client, name=f"page {n}"))["secret_key"] for n in range(3)]
    names: list[str] = []
    link = "/v1/keys?limit=2"
    while link:
        page = await client.get(link)
        assert not any(secret[-52:] in page.text for secret in secrets)
        names += [one["name"] for one in page.json()["items"]]
        link = page.json()["next"]
    assert names[-3:] == ["page 0", "page 1", "page 2"]


async def test_both_keys_work_during_the_overlap(api: Api, client: httpx.AsyncClient) -> None:
    old = await made(client)
    answer = await client.post(f"/v1/keys/{old['key']['key_id']}/rotate", json={"overlap_s": 50})
    assert answer.status_code == 201
    for secret in (old["secret_key"], answer.json()["secret_key"]):
        assert (await principal_of(api, secret)).agent_id == "anna"
    again = await client.post(f"/v1/keys/{old['key']['key_id']}/rotate")
    problem(again, 409, "wrong_state")


async def test_an_idempotency_key_keeps_no_secret(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    headers = {"Idempotency-Key": "mint-1"}
    first = await client.post("/v1/keys", json=WANTED, headers=headers)
    second = await client.post("/v1/keys", json=WANTED, headers=headers)
    assert first.json()["secret_key"] != second.json()["secret_key"]
    stored = [
        tenant.client.get(name) for name in tenant.client.scan_iter(tenant.keys.idempotency("*"))
    ]
    secret = first.json()["secret_key"][-52:].encode()
    assert not any(secret in (value or b"") for value in stored)


async def test_the_audit_tells_who_made_it(client: httpx.AsyncClient, tenant: Tenant) -> None:
    told = await made(client)
    ((_, fields),) = tenant.client.xrevrange(tenant.keys.audit, count=1)
    assert told["key"]["key_id"].encode() in fields[b"a"]
    assert b"key.create" in fields[b"a"]
    assert told["secret_key"][-52:].encode() not in fields[b"a"]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"roles": []}, 422, "invalid"),
        ({"roles": ["king"]}, 422, "invalid"),
        ({"name": ""}, 422, "invalid"),
        ({"name": "a\u0007"}, 422, "invalid"),
        ({"agent_id": None}, 422, "invalid"),
        ({"lifetime_s": 0}, 422, "invalid"),
        ({"scopes": ["forget"]}, 422, "invalid"),
        ({"secret": "mine"}, 422, "invalid"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, code: str
) -> None:
    problem(await client.post("/v1/keys", json=WANTED | fields), status, code)


async def test_keys_are_named_to_whom_their_ids_are_told(
    api: Api, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    told = await made(client, name="floor <of> sales", roles=["supervisor"])
    key_id = told["key"]["key_id"]
    subject = f"key:{key_id}"
    await client.delete(f"/v1/keys/{key_id}")  # what it did stays
    asked = {"subject": [subject, "key:aaaaaaaaaaaaaaaa", "cli:ada", key_id]}
    async with api.client("ben") as ben, api.client("anna") as anna:
        found = (await ben.get("/v1/subjects", params=asked)).json()
        problem(await anna.get("/v1/subjects", params=asked), 403, "forbidden")
    assert found == {"items": [{"subject": subject, "name": "floor <of> sales"}]}
    for wrong in ({}, {"subject": ["x"] * 101}):
        problem(await client.get("/v1/subjects", params=wrong), 422, "invalid")
    entry = AuditEntry(actor=Actor(subject), action="test.name", resource="test")
    tenant.client.xadd(tenant.keys.audit, {"a": entry.to_bytes()})
    listed = (await client.get("/v1/audit", params={"what": "test.name"})).json()["items"]
    assert [(one["subject"], one["name"]) for one in listed] == [(subject, "floor <of> sales")]


async def test_unknown_keys_are_told(client: httpx.AsyncClient) -> None:
    problem(await client.delete(f"/v1/keys/{'a' * 16}"), 404, "not_found")
    problem(await client.post(f"/v1/keys/{'a' * 16}/rotate"), 404, "not_found")
    problem(await client.delete("/v1/keys/nonsense"), 422, "invalid")


async def test_who_may_not_make_keys_does_not(api: Api) -> None:
    for name in ("gateway", "auditor", "anna"):
        async with api.client(name) as client:
            problem(await client.post("/v1/keys", json=WANTED), 403, "forbidden")
    async with api.client("auditor") as client:
        assert (await client.get("/v1/keys")).status_code == 200


async def test_nobody_gives_what_they_do_not_have() -> None:
    admin = Principal(TENANT, "", frozenset({Role.ADMIN}))
    scopes = frozenset({Permission.KEYS_WRITE, Permission.QUEUES_READ})
    narrow = Principal(TENANT, "", frozenset({Role.ADMIN}), scopes=scopes)
    for role in Role:
        assert admin.may_give(frozenset({role}), "anna", None)
        assert not narrow.may_give(frozenset({role}), "anna", None)
    assert narrow.may_give(frozenset({Role.ADMIN}), None, frozenset({Permission.QUEUES_READ}))
    assert not narrow.may_give(frozenset({Role.AGENT}), "a", frozenset({Permission.DESKTOP}))
    desk = frozenset({Role.AGENT}), "a", frozenset({Permission.DESKTOP})
    assert admin.may_give(*desk)
    takes = {Permission.AGENTS_STATE, Permission.OFFERS_ANSWER, Permission.INTERACTIONS_READ}
    for missing in takes:
        scopes = frozenset({Permission.KEYS_WRITE, *takes} - {missing})
        assert not Principal(TENANT, "", frozenset({Role.ADMIN}), scopes=scopes).may_give(*desk)
    assert not Principal(TENANT, "", frozenset({Role.AGENT}), "a").may_give(
        frozenset({Role.AGENT}), "a", None
    )
