"""Drafts over HTTP: begun, checked, compared, handed in, approved, put in force once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings
from adapters.audit.entry import decode_entry
from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.adapters.api.conftest import Api, hosting, problem
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]
OURS = "drafts"
PATH = "/v1/policy/drafts"
NOBODY = f"{PATH}/pd_0000000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted(api_server: EmbeddedServer) -> AsyncIterator[Hosted]:
    async with hosting(api_server.url, OURS) as found:
        sweeping = asyncio.create_task(found.applying.run())
        async with asyncio.timeout(30.0):
            while found.applying.in_force.version == 0:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)
        yield found
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(hosted: Hosted) -> Api:
    return Api(hosted, ApiSettings())


@pytest_asyncio.fixture(loop_scope="module")
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def second(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client("second") as found:
        yield found


@pytest.fixture(scope="module")
def tenant(api_server: EmbeddedServer) -> Any:
    found = Tenant(api_server, OURS)
    yield found
    found.client.close()


async def begin(client: httpx.AsyncClient, patch: dict[str, Any] | None = None) -> str:
    """A draft that changes something, and where it is."""
    made = await client.post(PATH, json={"title": "a try"})
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    if patch is not None:
        changed = await client.patch(path, json={"patch": patch})
        assert changed.status_code == 200, changed.text
    return path


async def step(client: httpx.AsyncClient, path: str, verb: str, **fields: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/{verb}", json=fields)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def approve(client: httpx.AsyncClient, path: str, **fields: Any) -> dict[str, Any]:
    """Agree with a draft as it is now."""
    seen = (await client.get(path)).headers["etag"]
    answer = await client.post(f"{path}/approve", json=fields, headers={"If-Match": seen})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def in_force(client: httpx.AsyncClient) -> dict[str, Any]:
    told: dict[str, Any] = (await client.get("/v1/policy")).json()
    return told


async def until(client: httpx.AsyncClient, path: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(30.0):
        while True:
            told: dict[str, Any] = (await client.get(path)).json()
            if told["state"] == state:
                return told
            await asyncio.sleep(0.05)


async def test_a_life_without_approvals(client: httpx.AsyncClient, tenant: Tenant) -> None:
    before = await in_force(client)
    path = await begin(client)
    made = (await client.get(path)).json()
    assert (made["state"], made["base_version"]) == ("open", before["version"])
    assert made["policy"] == before["policy"]
    assert made["authors"] == ["admin"]
    changed = await client.patch(path, json={"patch": {"weights": {"history": 7.5}}})
    assert changed.json()["policy"]["weights"]["history"] == 7.5
    assert changed.headers["etag"].startswith('"2.')
    told = (await client.get(f"{path}/changes")).json()
    (change,) = told["of_draft"]
    assert (change["path"], change["after"]) == ("weights.history", 7.5)
    assert told["if_applied"] == told["of_draft"]
    assert told["in_force_since"] == told["conflicts"] == []
    problem(await client.post(f"{path}/apply", json={}), 409, "wrong_state")
    problem(await client.post(f"{path}/submit", json={"comment": " "}), 422, "invalid")
    submitted = await step(client, path, "submit", comment="regulars wait too long")
    assert submitted["is_approved"]
    applied = await step(client, path, "apply")
    assert (applied["state"], applied["version"]) == ("applied", before["version"] + 1)
    now = await in_force(client)
    assert (now["version"], now["policy"]["weights"]["history"]) == (applied["version"], 7.5)
    version = (await client.get(f"/v1/policy/versions/{now['version']}")).json()
    assert (version["changed_by"], version["comment"]) == ("admin", "regulars wait too long")
    again = problem(await client.post(f"{path}/apply", json={}), 409, "wrong_state")
    assert "applied" in again["detail"]
    entries = [
        decode_entry("", fields[b"a"]) for _, fields in tenant.client.xrange(tenant.keys.audit)
    ]
    ours = [one for one in entries if one.resource == "policy_draft"]
    steps = ["create", "change", "submit", "apply", "applied"]
    assert [one.action for one in ours][-5:] == [f"draft.{step}" for step in steps]
    assert [one.outcome for one in ours][-5:] == ["done", "done", "done", "", "done"]
    assert ours[-4].after["policy"] == {"weights": {"history": 7.5}}
    assert "secret" not in str(ours[-1])


async def test_a_draft_with_faults_is_kept_and_says_where_they_are(
    client: httpx.AsyncClient,
) -> None:
    bad = {"weights": {"history": "much"}, "queues": {"general": {"workflow": "nowhere"}}}
    path = await begin(client, bad)
    told = (await client.get(path)).json()
    assert not told["is_valid"]
    assert told["policy"]["weights"]["history"] == "much"
    assert [one["pointer"] for one in told["errors"]] == ["/policy/weights/history"]
    refused = problem(
        await client.post(f"{path}/submit", json={"comment": "x"}), 422, "policy_invalid"
    )
    assert refused["errors"] == told["errors"]
    mended = {"patch": {"weights": {"history": 2}}}
    checked = (await client.post(f"{path}/check", json=mended)).json()
    assert not checked["is_valid"]
    (fault,) = checked["errors"]
    assert fault["pointer"] == "/policy/queues/general/workflow"
    assert not (await client.get(path)).json()["is_valid"]  # nothing was kept
    queues = {"queues": {"general": {"workflow": None}}}
    both = (await client.patch(path, json={"patch": mended["patch"] | queues})).json()
    assert both["is_valid"]
    assert both["policy"]["queues"]["general"]["workflow"] is None
    problem(await client.patch(path, json={"patch": {}, "policy": {}}), 422, "invalid")
    deep: dict[str, Any] = {}
    for _ in range(80):
        deep = {"a": deep}
    problem(await client.patch(path, json={"patch": deep}), 422, "policy_invalid")
    problem(await client.patch(path, json={"patch": {"name": 2**64}}), 422, "invalid")
    large = {"patch": {"description": "x" * 262_144}}
    assert (await client.patch(path, json=large)).status_code == 413
    assert (await client.delete(path)).json()["state"] == "open"
    problem(await client.get(path), 404, "unknown_draft")
    problem(await client.delete(NOBODY), 404, "unknown_draft")


async def test_an_empty_document_is_a_document(client: httpx.AsyncClient) -> None:
    begun = (await client.post(PATH, json={"policy": {}})).json()
    assert (begun["policy"], begun["is_valid"]) == ({}, False)
    whole = (await client.post(PATH)).json()
    assert whole["is_valid"]
    checked = (await client.post(f"{PATH}/{whole['id']}/check", json={"policy": {}})).json()
    assert not checked["is_valid"]
    for made in (begun, whole):
        await client.delete(f"{PATH}/{made['id']}")


async def test_another_revision_is_a_conflict(client: httpx.AsyncClient) -> None:
    path = await begin(client)
    first = (await client.get(path)).headers["etag"]
    change = {"patch": {"name": "one"}}
    done = await client.patch(path, json=change, headers={"If-Match": first})
    assert done.status_code == 200
    late = await client.patch(path, json={"patch": {"name": "two"}}, headers={"If-Match": first})
    assert problem(late, 412, "version_mismatch")["version"] == "2"
    odd = await client.patch(path, json=change, headers={"If-Match": '"x"'})
    problem(odd, 412, "version_mismatch")
    same = (await client.get(path)).headers["etag"]
    assert (await client.get(path, headers={"If-None-Match": same})).status_code == 304
    await client.delete(path)


async def test_what_has_changed_since_has_to_be_merged(client: httpx.AsyncClient) -> None:
    ours = await begin(client, {"weights": {"skill": 6, "idle": 2}, "idle_half_s": 30})
    theirs = await begin(client, {"weights": {"skill": 5}, "decline_retry_s": 90})
    await step(client, ours, "submit", comment="ours")
    await step(client, theirs, "submit", comment="theirs")
    await step(client, theirs, "apply")
    outdated = problem(await client.post(f"{ours}/apply", json={}), 409, "draft_outdated")
    assert "rebase" in outdated["detail"]
    assert (await client.get(ours)).json()["is_outdated"]
    told = (await client.get(f"{ours}/changes")).json()
    assert {one["path"] for one in told["in_force_since"]} == {"weights.skill", "decline_retry_s"}
    (conflict,) = told["conflicts"]
    assert (conflict["path"], conflict["draft"], conflict["in_force"]) == ("weights.skill", 6, 5)
    refused = problem(await client.post(f"{ours}/rebase", json={}), 409, "draft_conflict")
    assert refused["errors"][0]["pointer"] == "/choices/weights.skill"
    merged = await step(client, ours, "rebase", choices={"weights.skill": "in_force"})
    assert merged["state"] == "open"
    policy = merged["policy"]
    assert (policy["weights"]["skill"], policy["weights"]["idle"]) == (5, 2)
    assert (policy["idle_half_s"], policy["decline_retry_s"]) == (30, 90)
    await step(client, ours, "submit", comment="ours again")
    assert (await step(client, ours, "apply"))["state"] == "applied"


async def test_a_second_person_approves(
    api: Api, client: httpx.AsyncClient, second: httpx.AsyncClient
) -> None:
    path = await begin(client, {"approvals": {"required": 1}})
    await step(client, path, "submit", comment="four eyes from now on")
    await step(client, path, "apply")
    async with api.client("ben") as ben:
        path = await begin(ben, {"weights": {"load": 1}})
        problem(await ben.post(f"{path}/approve", json={}), 403, "forbidden")
        await step(ben, path, "submit", comment="less load")
        problem(await ben.post(f"{path}/apply", json={}), 403, "forbidden")
        needs = problem(await client.post(f"{path}/apply", json={}), 409, "approval_required")
        assert "0 have approved" in needs["detail"]
        rejected = await step(second, path, "reject", comment="too much")
        assert (rejected["state"], rejected["detail"]) == ("open", "second: too much")
        await step(ben, path, "submit", comment="less load, please")
        seen = {"If-Match": (await second.get(path)).headers["etag"]}
        for unnamed in ({}, {"If-Match": "*"}):
            answer = await second.post(f"{path}/approve", json={}, headers=unnamed)
            missing = problem(answer, 428, "precondition_required")
            assert missing["errors"][0]["parameter"] == "If-Match"
        # what is changed in the last moment is not approved with the rest
        await ben.patch(path, json={"patch": {"weights": {"load": 9}}})
        await step(ben, path, "submit", comment="much more load, unseen")
        late = await second.post(f"{path}/approve", json={}, headers=seen)
        assert problem(late, 412, "version_mismatch")["version"] == "7"
        assert not (await second.get(path)).json()["approvals"]
        approved = await approve(second, path, comment="go on")
        assert approved["approvals"][0]["by"] == "second"
        assert approved["is_approved"]
        await client.patch(path, json={"patch": {"weights": {"load": 1.5}}})
        await step(client, path, "submit", comment="a little less load")
        assert not (await client.get(path)).json()["is_approved"]  # they have seen another one
        own = {"If-Match": (await client.get(path)).headers["etag"]}
        answer = await client.post(f"{path}/approve", json={}, headers=own)
        problem(answer, 403, "forbidden")  # worked on it
    await approve(second, path)
    assert (await step(second, path, "apply"))["state"] == "applied"
    now = await in_force(client)
    whole = problem(
        await client.put("/v1/policy", json={"policy": now["policy"]}), 409, "approval_required"
    )
    assert "/v1/policy/drafts" in whole["detail"]
    # back to the first version, but for who must approve
    answer = await client.post("/v1/policy/rollback", json={"version": 1})
    assert answer.status_code == 200, answer.text
    back = await in_force(client)
    assert back["version"] == now["version"] + 1
    assert back["policy"]["weights"]["load"] == 2
    assert back["policy"]["approvals"] == {"required": 1}
    problem(await client.post("/v1/policy/rollback", json={"version": 99}), 404, "unknown_version")
    path = await begin(client, {"approvals": None})
    await step(client, path, "submit", comment="alone again")
    await approve(second, path)
    await step(client, path, "apply")


async def test_one_is_put_in_force_at_its_time(
    client: httpx.AsyncClient, hosted: Hosted, tenant: Tenant
) -> None:
    before = await in_force(client)
    path = await begin(client, {"idle_half_s": 45})
    await step(client, path, "submit", comment="later")
    now_ms = await hosted.drafts.now_ms()
    problem(
        await client.post(f"{path}/apply", json={"apply_at_ms": now_ms - 1_000}), 422, "invalid"
    )
    far = await step(client, path, "apply", apply_at_ms=now_ms + 3_600_000)
    assert (far["state"], far["applied_by"]) == ("scheduled", "admin")
    problem(await client.patch(path, json={"title": "no"}), 409, "wrong_state")
    assert (await step(client, path, "cancel"))["state"] == "submitted"
    await step(client, path, "apply", apply_at_ms=await hosted.drafts.now_ms() + 500)
    told = await until(client, path, "applied")
    assert told["version"] == before["version"] + 1
    replaced = [one.version for one in tenant.journal().of(ev.PolicyReplaced)]
    assert replaced.count(told["version"]) == 1


async def test_one_whose_policy_was_replaced_meanwhile_is_not(
    client: httpx.AsyncClient, hosted: Hosted
) -> None:
    late = await begin(client, {"idle_half_s": 50})
    await step(client, late, "submit", comment="later")
    await step(client, late, "apply", apply_at_ms=await hosted.drafts.now_ms() + 1_500)
    other = await begin(client, {"decline_retry_s": 75})
    await step(client, other, "submit", comment="now")
    await step(client, other, "apply")
    told = await until(client, late, "submitted")
    assert told["code"] == "draft_outdated"
    assert (await in_force(client))["policy"]["idle_half_s"] != 50
    await client.delete(late)


async def test_the_router_may_refuse_it(client: httpx.AsyncClient, tenant: Tenant) -> None:
    queue = await begin(client, {"queues": {"late": {}}})
    await step(client, queue, "submit", comment="one more queue")
    await step(client, queue, "apply")
    (entry,) = tenant.send(
        {"type": "create", "interaction_id": "i-late", "channel": "chat", "queue": "late"}
    )
    await tenant.until_consumed(entry)
    path = await begin(client, {"queues": {"late": None}})
    await step(client, path, "submit", comment="one queue less")
    refused = problem(await client.post(f"{path}/apply", json={}), 409, "policy_conflict")
    assert "late" in refused["detail"]
    told = (await client.get(path)).json()
    assert (told["state"], told["code"]) == ("submitted", "policy_conflict")


async def test_a_list_and_a_draft_of_an_earlier_version(client: httpx.AsyncClient) -> None:
    made = await client.post(PATH, json={"from_version": 1, "title": "as it was"})
    told = made.json()
    now = await in_force(client)
    assert told["base_version"] == now["version"]
    assert told["policy"]["weights"]["history"] == 3
    listed = (await client.get(PATH)).json()["items"]
    assert listed[-1]["id"] == told["id"]
    assert "policy" not in listed[-1]
    problem(await client.post(PATH, json={"from_version": 999}), 404, "unknown_version")
    both = {"from_version": 1, "policy": now["policy"]}
    problem(await client.post(PATH, json=both), 422, "invalid")
    await client.delete(made.headers["location"])


async def test_of_two_who_replace_the_policy_one_is_told(client: httpx.AsyncClient) -> None:
    now = await client.get("/v1/policy")
    policies = [now.json()["policy"] | {"name": name} for name in ("one", "two")]
    tag = {"If-Match": now.headers["etag"]}
    answers = await asyncio.gather(
        *(client.put("/v1/policy", json={"policy": each}, headers=tag) for each in policies)
    )
    assert sorted(each.status_code for each in answers) == [200, 412]
