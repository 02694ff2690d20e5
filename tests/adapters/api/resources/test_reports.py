"""What another process reads from the journal: statistics, explanations, versions, verdicts."""

from __future__ import annotations

import httpx
import pytest

from adapters.documents.policy_yaml import policy_yaml
from router.policy import parse_policy
from tests.adapters.api.conftest import problem

DIRECT = {"agent_id": "eve", "over_capacity": True}

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_the_statistics_of_now_go_on_with_the_journal(client: httpx.AsyncClient) -> None:
    before = (await client.get("/v1/statistics/live?by=channel")).json()
    await client.post("/v1/interactions", json={"channel": "chat"})
    after = (await client.get("/v1/statistics/live?by=channel")).json()
    assert after["whole"]
    assert after["total"]["day"]["offered"] == before["total"]["day"]["offered"] + 1


async def test_intervals_that_are_over_are_told(client: httpx.AsyncClient) -> None:
    await client.post("/v1/interactions", json={"channel": "chat"})
    told = (await client.get("/v1/statistics/intervals?interval_s=0&by=total")).json()
    (interval,) = told["intervals"]
    assert interval["total"]["offered"] >= 1
    problem(await client.get("/v1/statistics/intervals?interval_s=61"), 422, "invalid")
    problem(await client.get("/v1/statistics/live?zone=Berlin"), 422, "invalid")


async def test_an_offer_is_explained(client: httpx.AsyncClient) -> None:
    for name in ("eve", "finn"):
        await client.post(f"/v1/agents/{name}/login", json={"inbox": "desk"})
    await client.post(
        "/v1/interactions",
        json={"channel": "chat", "interaction_id": "why", "direct": DIRECT},
    )
    (offer,) = (await client.get("/v1/offers?interaction_id=why")).json()["items"]
    path = f"/v1/explanations/offers/{offer['offer_id']}"
    problem(await client.get(f"{path}?why_not=nobody-1"), 404, "unknown_agent")
    told = (await client.get(f"{path}?why_not=finn")).json()
    assert told["agrees"]
    assert [each["agent_id"] for each in told["why_not"]] == ["finn"]
    life = (await client.get("/v1/explanations/interactions/why")).json()
    assert life["offers"][0]["offer_id"] == offer["offer_id"]
    problem(await client.get("/v1/explanations/offers/9-9"), 404, "unknown_offer")
    for name in ("eve", "finn"):
        await client.post(f"/v1/agents/{name}/logout")


async def test_a_verdict_can_be_asked_for_later(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/interactions", json={"channel": "chat"})
    entry = made.headers["onequeue-entry"]
    told = (await client.get(f"/v1/commands/{entry}")).json()
    assert (told["state"], told["events"]) == ("decided", ["interaction_created"])
    later = (await client.get("/v1/commands/9999999999999-0")).json()
    assert later["state"] == "pending"
    refused = await client.post(f"{made.headers['location']}/wake")
    problem(refused, 409, "wrong_state")


async def test_a_policy_is_checked_applied_and_kept(client: httpx.AsyncClient) -> None:
    shown = await client.get("/v1/policy")
    policy, version = shown.json()["policy"], shown.json()["version"]
    broken = {**policy, "default_queue": "nowhere"}
    checked = (await client.post("/v1/policy/check", json={"policy": broken})).json()
    assert not checked["is_valid"]
    assert checked["errors"][0]["pointer"] == "/policy/default_queue"
    refused = await client.put("/v1/policy", json={"policy": broken})
    assert problem(refused, 422, "policy_invalid")["errors"] == checked["errors"]
    changed = {**policy, "queues": {**policy["queues"], "billing": {}}}
    told = (await client.post("/v1/policy/check", json={"policy": changed})).json()
    assert [each["path"] for each in told["changes"]] == ["queues.billing"]
    stale = {"If-Match": '"99"'}
    problem(await client.put("/v1/policy", json={"policy": changed}, headers=stale), 412,
            "version_mismatch")  # fmt: skip
    headers = {"If-Match": shown.headers["etag"]}
    body = {"policy": changed, "comment": "a second line"}
    applied = await client.put("/v1/policy", json=body, headers=headers)
    assert applied.json()["version"] == version + 1
    versions = (await client.get("/v1/policy/versions?limit=1")).json()
    assert versions["items"][0]["comment"] == "a second line"
    assert versions["items"][0]["changed_by"] == "admin"
    rest = (await client.get(versions["next"])).json()["items"]
    assert [each["version"] for each in rest] == [version]
    one = (await client.get(f"/v1/policy/versions/{version}")).json()
    assert one["policy"] == policy
    differences = (await client.get(f"/v1/policy/changes?before={version}")).json()
    assert [each["path"] for each in differences] == ["queues.billing"]
    problem(await client.get("/v1/policy/versions/99"), 404, "unknown_version")
    await client.put("/v1/policy", json={"policy": policy})


async def test_queues_tell_what_waits(client: httpx.AsyncClient) -> None:
    before = (await client.get("/v1/queues/general")).json()
    await client.post("/v1/interactions", json={"channel": "chat", "conversation_id": "m-1"})
    after = (await client.get("/v1/queues/general")).json()
    assert after["waiting"] == before["waiting"] + 1
    listed = (await client.get("/v1/queues")).json()["items"]
    assert [each["queue"] for each in listed] == ["general"]
    problem(await client.get("/v1/queues/nowhere"), 404, "not_found")


async def test_a_conversation_holds_what_is_open_and_what_is_over(
    client: httpx.AsyncClient,
) -> None:
    for name in ("first", "second"):
        await client.post(
            "/v1/interactions",
            json={"channel": "chat", "interaction_id": name, "conversation_id": "matter"},
        )
    await client.post("/v1/interactions/first/cancel")
    told = (await client.get("/v1/conversations/matter")).json()["interactions"]
    assert [(each["interaction_id"], each["state"]) for each in told] == [
        ("first", "cancelled"),
        ("second", "queued"),
    ]
    problem(await client.get("/v1/conversations/none"), 404, "unknown_conversation")


async def test_a_policy_may_come_as_people_write_it(client: httpx.AsyncClient) -> None:
    await client.post("/v1/interactions", json={"channel": "chat"})  # decided by a policy
    before = (await client.get("/v1/policy")).json()
    text = policy_yaml(parse_policy(before["policy"])) + "\n# as it is\n"
    headers = {"Content-Type": "application/yaml"}
    same = await client.put("/v1/policy", content=text, headers=headers)
    assert (same.status_code, same.json()["version"]) == (200, before["version"]), same.text
    changed = text + "owner: the floor\n"
    checked = (await client.post("/v1/policy/check", content=changed, headers=headers)).json()
    assert (checked["is_valid"], bool(checked["changes"])) == (True, True), checked
    why = "/v1/policy?comment=in%20YAML"
    applied = await client.put(why, content=changed, headers=headers)
    assert applied.json()["version"] == before["version"] + 1
    assert (await client.get("/v1/policy/versions?limit=1")).json()["items"][0]["comment"] == (
        "in YAML"
    )
    twice = "channels: {}\nqueues: {}\nchannels: {}\n"
    bomb = "a: &a [x]\n"
    for one, more in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{more}: &{more} [{', '.join([f'*{one}'] * 9)}]\n"
    for broken, says in (
        (twice, "3:1: "),
        (bomb, "aliases written out"),
        ("!!python/object/apply:os.system [ls]", "1:1"),
        ("- a", "expected a map"),
        ("x" * 600_000, "larger than"),
    ):
        told = problem(
            await client.put("/v1/policy", content=broken, headers=headers), 422, "policy_invalid"
        )
        assert says in told["errors"][0]["detail"]
    told = (await client.post("/v1/policy/check", content=twice, headers=headers)).json()
    assert (told["is_valid"], told["errors"][0]["detail"][:5]) == (False, "3:1: ")
