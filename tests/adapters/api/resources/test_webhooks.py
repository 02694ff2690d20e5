"""Webhooks over HTTP: made, changed, tried, replayed; each fault as a problem."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings
from adapters.audit.entry import decode_entry
from adapters.identity.permissions import Permission
from adapters.webhooks.dead_letters import DeadLetter
from tests.adapters.api.conftest import PEOPLE, Api, problem
from tests.adapters.webhooks.receiver import Receiver, receiving
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="package")]
URL = "https://example.com/hook"
NOBODY = "wh_00000000000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def local(hosted: Hosted) -> Api:
    """An app whose webhooks may go to this machine."""
    return Api(hosted, ApiSettings(webhook_loopback=True))


@pytest_asyncio.fixture(loop_scope="package")
async def client(local: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with local.client() as found:
        yield found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhooks", json={"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/webhooks/{made['webhook']['id']}"
    return made


async def test_a_life(client: httpx.AsyncClient, tenant: Tenant) -> None:
    made = await make(client, filter={"types": ["onequeue.offer_issued.v1"]}, begin="begin")
    name, secret = made["webhook"]["id"], made["secret"]
    assert secret.startswith("whsec_")
    path = f"/v1/webhooks/{name}"
    first = await client.get(path)
    assert first.json() == made["webhook"]
    assert first.json()["filter"]["types"] == ["offer_issued"]
    assert first.json()["position"] == "0-0"
    assert secret not in (await client.get("/v1/webhooks")).text

    changed = await client.patch(
        path, json={"state": "paused"}, headers={"If-Match": first.headers["etag"]}
    )
    assert changed.json()["state"] == "paused"
    late = await client.patch(
        path, json={"state": "active"}, headers={"If-Match": first.headers["etag"]}
    )
    problem(late, 412, "version_mismatch")
    rotated = (await client.post(f"{path}/rotate", json={"overlap_s": 60})).json()
    assert rotated["secret"] != secret
    assert len(rotated["webhook"]["secrets"]) == 2
    newest = tenant.journal().ids[-1]
    replayed = await client.post(f"{path}/replay", json={"begin": newest})
    assert replayed.json()["position"] == newest
    assert (await client.delete(path)).json()["id"] == name
    problem(await client.get(path), 404, "unknown_webhook")
    entries = [
        decode_entry(entry_id.decode(), fields[b"a"])
        for entry_id, fields in tenant.client.xrange(tenant.keys.audit)
    ]
    mine = [entry for entry in entries if entry.resource_id == name]
    verbs = ["create", "update", "rotate", "replay", "delete"]
    assert [entry.action for entry in mine] == [f"webhook.{verb}" for verb in verbs]
    assert {entry.actor.subject for entry in mine} == {"admin"}
    assert {entry.outcome for entry in mine} == {"done"}


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"url": "http://example.com/"}, 422, "invalid", "/url"),
        ({"url": "https://10.0.0.1/"}, 422, "invalid", "/url"),
        ({"concurrency": 99}, 422, "invalid", "/concurrency"),
        ({"filter": {"types": ["nothing"]}}, 422, "invalid", "/filter/types"),
        ({"filter": {"kinds": []}}, 422, "invalid", "/filter/kinds"),
        ({"begin": "yesterday"}, 422, "invalid", "/begin"),
        ({"secret": "short"}, 422, "invalid", "/secret"),
        ({"colour": "blue"}, 422, "invalid", "/colour"),
        ({"begin": "99-1"}, 410, "history_trimmed", None),
    ],
)
async def test_what_cannot_be(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = await client.post("/v1/webhooks", json={"url": URL, **body})
    told = problem(answer, status, code)
    assert [fault["pointer"] for fault in told.get("errors", [])] == ([pointer] if pointer else [])


async def test_a_test_delivery(client: httpx.AsyncClient, receiver: Receiver) -> None:
    made = await make(client, url=receiver.hook.url)
    receiver.secrets.append(made["secret"])
    path = f"/v1/webhooks/{made['webhook']['id']}/ping"
    told = (await client.post(path)).json()
    assert told["delivered"]
    assert told["status"] == 204
    assert receiver.taken[0]["type"] == "onequeue.ping.v1"
    receiver.answer = lambda event, exchange: 500
    told = (await client.post(path)).json()
    assert (told["delivered"], told["reason"]) == (False, "status 500")


async def test_dead_letters(client: httpx.AsyncClient, local: Api, hosted: Hosted) -> None:
    name = (await make(client))["webhook"]["id"]
    for number in range(3):
        letter = DeadLetter(
            subscription=name, webhook_id=f"t/1-{number}/0", position=f"1-{number}/0",
            reason="status 500", status=500, attempts=9, failed_ms=1, body=b'{"a":1}',
        )  # fmt: skip
        await hosted.dead_letters.bury(letter)
    path = f"/v1/webhooks/{name}/dead-letters"
    page = (await client.get(f"{path}?limit=2")).json()
    rest = (await client.get(page["next"])).json()
    letters = page["items"] + rest["items"]
    assert [one["position"] for one in letters] == ["1-0/0", "1-1/0", "1-2/0"]
    assert (rest["next"], letters[0]["body"]) == (None, '{"a":1}')
    async with local.client("auditor") as auditor:
        assert (await auditor.get(path)).json()["items"][0]["body"] == ""
    again = f"{path}/{letters[0]['id']}/replay"
    assert (await client.post(again)).status_code == 202
    problem(await client.post(again), 404, "unknown_dead_letter")
    problem(await client.get(f"{path}?cursor=oWE"), 404, "unknown_dead_letter")


async def test_who_may(client: httpx.AsyncClient, local: Api) -> None:
    name = (await make(client))["webhook"]["id"]
    async with local.client("gateway") as gateway, local.client("auditor") as auditor:
        problem(await gateway.get("/v1/webhooks"), 403, "forbidden")
        problem(await gateway.post("/v1/webhooks", json={"url": URL}), 403, "forbidden")
        assert (await auditor.get(f"/v1/webhooks/{name}")).status_code == 200
        problem(await auditor.delete(f"/v1/webhooks/{name}"), 403, "forbidden")


async def test_personal_data_goes_nowhere_by_the_hand_of_who_may_not_see_it(
    client: httpx.AsyncClient, local: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = (await make(client, personal=True))["webhook"]["id"]
    scoped = replace(
        PEOPLE["admin"], subject="scoped", scopes=frozenset({Permission.WEBHOOKS_WRITE})
    )
    monkeypatch.setitem(PEOPLE, "scoped", scoped)
    async with local.client("scoped") as other:
        body = {"url": URL, "personal": True}
        problem(await other.post("/v1/webhooks", json=body), 403, "forbidden")
        for method, path, asked in (
            ("PATCH", "", {"url": "https://example.org"}), ("POST", "/rotate", {}),
            ("POST", "/replay", {"begin": "begin"}), ("POST", "/dead-letters/1-1/replay", None),
        ):  # fmt: skip
            answer = await other.request(method, f"/v1/webhooks/{name}{path}", json=asked)
            assert "personal" in problem(answer, 403, "forbidden")["detail"]
        plain = (await make(client))["webhook"]["id"]
        answer = await other.patch(f"/v1/webhooks/{plain}", json={"state": "paused"})
        assert answer.status_code == 200


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("POST", "/ping", None),
        ("POST", "/rotate", {}), ("POST", "/replay", {"begin": "now"}),
        ("GET", "/dead-letters", None), ("POST", "/dead-letters/1-1/replay", None),
    ):  # fmt: skip
        answer = await client.request(method, f"/v1/webhooks/{NOBODY}{path}", json=body)
        problem(answer, 404, "unknown_webhook")
    assert (await client.get("/v1/webhooks/nonsense")).status_code == 422
