"""Messages over HTTP, against a real router: one interaction out, whatever comes how often."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from adapters.api.resources.attending import may_resume
from adapters.media.message import interaction_id_of
from adapters.redis.wire import Reply, Wire
from adapters.submitting.submitter import Submitter
from tests.adapters.api.conftest import Api, problem
from tests.adapters.api.resources.saying import MIA, after, created, finish, hear, mail, said_in
from tests.tenant import POLICY, Tenant

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_message_begins_an_interaction(client: httpx.AsyncClient) -> None:
    message = mail(interaction={"priority": 3, "attributes": {"line": 7}}, customer_id="c-1")
    said = await hear(client, message)
    assert said["interaction_id"] == f"{message['account']}:{message['message_id']}"
    assert (said["is_new"], said["repeated"]) == (True, False)
    shown = (await client.get(f"/v1/interactions/{said['interaction_id']}")).json()
    assert (shown["priority"], shown["attributes"]) == (3, {"line": 7})
    assert (shown["customer_id"], shown["conversation_id"]) == ("c-1", said["conversation_id"])
    (kept,) = await said_in(client, said["conversation_id"])
    assert (kept["text"], kept["sender"], kept["direction"]) == (message["text"], MIA, "in")
    assert kept["delivery"] is None


async def test_a_message_that_is_repeated_does_nothing_again(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    message = mail()
    first = await hear(client, message)
    await finish(client, first["interaction_id"])
    again = await hear(client, message | {"text": "told otherwise"}, 200)
    assert again == first | {"repeated": True}
    assert len(await said_in(client, first["conversation_id"])) == 1
    assert len(created(tenant, first["conversation_id"])) == 1


async def test_an_answer_finds_its_conversation(client: httpx.AsyncClient, tenant: Tenant) -> None:
    first = mail(customer_id="c-2")
    begun = await hear(client, first)
    second = await hear(client, after(first, text="And late."))
    assert second["conversation_id"] == begun["conversation_id"]
    assert (second["interaction_id"], second["is_new"]) == (begun["interaction_id"], False)
    assert len(created(tenant, begun["conversation_id"])) == 1
    texts = [one["text"] for one in await said_in(client, begun["conversation_id"])]
    assert texts == ["It is too high.", "And late."]
    # nobody has said whose the second is, but the conversation is known to be theirs
    assert [one["customer_id"] for one in await said_in(client, begun["conversation_id"])] == [
        "c-2",
        "c-2",
    ]


async def test_whoever_has_read_so_far_reads_on(client: httpx.AsyncClient) -> None:
    first = mail()
    begun = await hear(client, first)
    (had,) = await said_in(client, begun["conversation_id"])
    for number in range(3):
        await hear(client, after(first, message_id=f"<{number}@later>", text=str(number)))
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    page = (await client.get(path, params={"after": had["order"], "limit": 2})).json()
    assert [one["text"] for one in page["items"]] == ["0", "1"]
    rest = (await client.get(page["next"])).json()
    assert ([one["text"] for one in rest["items"]], rest["next"]) == (["2"], None)
    nothing = (await client.get(path, params={"after": rest["items"][0]["order"]})).json()
    assert nothing["items"] == []
    assert (await client.get(path, params={"after": "soon"})).status_code == 422


async def test_what_comes_out_of_order_comes_together(client: httpx.AsyncClient) -> None:
    first = mail()
    late = await hear(client, after(first))
    third = await hear(client, after(first))
    begun = await hear(client, first)
    assert {late["conversation_id"], third["conversation_id"]} == {begun["conversation_id"]}
    assert begun["interaction_id"] == late["interaction_id"]


async def test_a_closed_conversation_gets_a_new_interaction(
    client: httpx.AsyncClient, tenant: Tenant
) -> None:
    first = mail()
    begun = await hear(client, first)
    await finish(client, begun["interaction_id"])
    again = await hear(client, after(first))
    assert again["conversation_id"] == begun["conversation_id"]
    assert again["interaction_id"] != begun["interaction_id"]
    shown = (await client.get(f"/v1/interactions/{again['interaction_id']}")).json()
    assert shown["link"] == {"interaction_id": begun["interaction_id"], "kind": "reopened"}
    await hear(client, after(first))
    assert len(created(tenant, begun["conversation_id"])) == 2


async def test_each_channel_of_a_conversation_has_its_own(client: httpx.AsyncClient) -> None:
    begun = await hear(client, mail())
    told = mail(channel="voice", conversation_id=begun["conversation_id"])
    called = await hear(client, told)
    assert called["conversation_id"] == begun["conversation_id"]
    assert called["interaction_id"] != begun["interaction_id"]


async def test_an_interaction_that_was_created_otherwise_is_taken(
    client: httpx.AsyncClient,
) -> None:
    matter = f"matter-{secrets.token_hex(4)}"
    made = await client.post(
        "/v1/interactions", json={"channel": "chat", "conversation_id": matter}
    )
    said = await hear(client, mail(conversation_id=matter))
    assert said["interaction_id"] == made.json()["interaction_id"]
    assert not said["is_new"]


async def test_messages_at_once_create_one_interaction(
    api: Api, client: httpx.AsyncClient, tenant: Tenant
) -> None:
    matter = f"matter-{secrets.token_hex(4)}"
    told = [mail(conversation_id=matter) for _ in range(8)]
    said = await asyncio.gather(*(hear(client, one) for one in told))
    assert len({one["interaction_id"] for one in said}) == 1
    assert [one["is_new"] for one in said].count(True) == 1
    assert len(created(tenant, matter)) == 1
    assert len(await said_in(client, matter)) == 8


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, api: Api, step: int) -> Iterator[list[str]]:
    """End whoever comes to a step: even ones before it is done, odd ones after. Steps are what is
    said to Redis about dialogues, and to the router."""
    done: list[str] = []
    exchange, submit = Wire.exchange, Submitter.submit
    ours = api.hosted.dialogues._wire

    async def dying(name: str, work: Any) -> Any:
        done.append(name)
        if len(done) * 2 - 2 == step:
            raise Killed
        answer = await work
        if len(done) * 2 - 1 == step:
            raise Killed
        return answer

    async def exchanging(wire: Wire, *commands: Any) -> list[Reply]:
        if wire is not ours:
            return await exchange(wire, *commands)
        found: list[Reply] = await dying(str(commands[0][0]), exchange(wire, *commands))
        return found

    async def submitting(submitter: Submitter, *told: Any, **more: Any) -> Any:
        return await dying("submit", submit(submitter, *told, **more))

    with monkeypatch.context() as patched:
        patched.setattr(Wire, "exchange", exchanging)
        patched.setattr(Submitter, "submit", submitting)
        yield done


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("is_reopening", [False, True])
async def test_whoever_is_killed_at_whatever_step_may_repeat_it(
    api: Api,
    client: httpx.AsyncClient,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    is_reopening: bool,
) -> None:
    steps = 0
    for step in itertools.count():
        message, before = mail(), 0
        if is_reopening:
            first = mail()
            begun = await hear(client, first)
            await finish(client, begun["interaction_id"])
            message, before = after(first), 1
        with killed_at(monkeypatch, api, step):
            try:
                await hear(client, message)
            except Killed:
                steps += 1
            else:
                break
        said = (await client.post("/v1/messages", json=message)).json()
        again = await hear(client, message, status=200)
        assert said | {"repeated": True} == again
        assert said["is_new"]
        assert len(created(tenant, said["conversation_id"])) == before + 1, step
        assert len(await said_in(client, said["conversation_id"])) == before + 1, step
    assert steps >= 10


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_a_message_behind_one_that_was_never_told_again_is_not_lost(
    client: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took the first was killed, its interaction has ended, and then comes the second."""
    steps = 0
    for step in itertools.count():
        first = mail()
        with killed_at(monkeypatch, api, step):
            try:
                await hear(client, first)
            except Killed:
                steps += 1
            else:
                break
        begun = interaction_id_of(first["account"], first["message_id"])
        await client.post(f"/v1/interactions/{begun}/cancel", json={})
        second = (await client.post("/v1/messages", json=after(first))).json()
        found = (await client.get(f"/v1/interactions/{second['interaction_id']}")).json()
        assert found["state"] == "queued", step
    assert steps >= 10


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
async def test_what_the_customer_writes_resumes_what_is_suspended_wherever_it_is_killed(
    client: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = {"suspension": {"reason": "owes us an answer"}}
    steps = 0
    for step in itertools.count():
        first = mail(interaction=aside)
        begun = await hear(client, first)
        await hear(client, first, status=200)
        path = f"/v1/interactions/{begun['interaction_id']}"
        assert (await client.get(path)).json()["state"] == "suspended"
        reply = after(first)
        with killed_at(monkeypatch, api, step):
            try:
                await hear(client, reply)
            except Killed:
                steps += 1
                await client.post("/v1/messages", json=reply)
            else:
                break
            finally:
                shown = (await client.get(path)).json()
        assert shown["state"] != "suspended", step
        assert len(await said_in(client, begun["conversation_id"])) == 2
        await finish(client, begun["interaction_id"])
    assert steps >= 5
    assert (await client.get(path)).json()["state"] != "suspended"
    await finish(client, begun["interaction_id"])


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("step", range(6))
async def test_the_message_that_begins_a_suspended_interaction_does_not_resume_it(
    client: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    first = mail(interaction={"suspension": {"reason": "for later"}})
    with killed_at(monkeypatch, api, step), suppress(Killed):
        await client.post("/v1/messages", json=first)
    said = (await client.post("/v1/messages", json=first)).json()
    shown = (await client.get(f"/v1/interactions/{said['interaction_id']}")).json()
    assert shown["state"] == "suspended"
    await finish(client, said["interaction_id"])


@pytest.mark.parametrize(
    ("rule", "may"),
    [({}, True), ({"resume_on_message": False}, False), ({"callback": {"attempts": 2}}, False)],
)
async def test_the_policy_says_what_a_message_resumes(rule: dict[str, Any], may: bool) -> None:
    policy = {"channels": {"chat": rule}}
    assert may_resume(policy, "chat") is may
    assert may_resume({}, "chat")


async def test_what_is_personal_is_hidden_from_whom_may_not_see_it(
    api: Api, client: httpx.AsyncClient
) -> None:
    file = {"uri": "file:///mia.pdf", "name": "mia.pdf", "size_bytes": 7}
    home = {"medium": "email", "address": "mia@home.example"}
    begun = await hear(client, mail(subject="Mia's bill", attachments=[file], reply_to=home))
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    marked = POLICY | {"personal": {"customer_id": True, "texts": True}}
    put = await client.put("/v1/policy", json={"policy": marked})
    assert put.status_code == 200, put.text
    try:
        async with api.client("auditor") as auditor, api.client("gateway") as gateway:
            (hidden,) = (await auditor.get(path)).json()["items"]
            (shown,) = (await gateway.get(path)).json()["items"]
    finally:
        await client.put("/v1/policy", json={"policy": POLICY})
    assert (shown["sender"], shown["attachments"][0]["uri"]) == (MIA, "file:///mia.pdf")
    assert hidden["message_id"] == shown["message_id"]
    assert hidden["attachments"][0]["size_bytes"] == 7
    told = str(hidden).lower()
    assert "mia" not in told
    assert "too high" not in told


async def test_what_is_wrong_is_said(client: httpx.AsyncClient) -> None:
    nothing = await client.post("/v1/messages", json=mail(channel="pigeon"))
    assert problem(nothing, 422, "unknown_channel")["errors"][0]["pointer"] == "/channel"
    long = await client.post("/v1/messages", json=mail(text="x" * 65_537))
    assert problem(long, 422, "invalid")["errors"][0]["pointer"] == "/text"
    problem(
        await client.post("/v1/conversations/nowhere/messages", json={"text": "x"}),
        404,
        "unknown_conversation",
    )
    begun = await hear(client, mail())
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    empty = await client.post(path, json={})
    assert problem(empty, 422, "invalid")["errors"][0]["pointer"] == "/text"
    elsewhere = await client.post(path, json={"text": "x", "account": "another"})
    assert problem(elsewhere, 422, "invalid")["errors"][0]["pointer"] == "/channel"


async def test_what_was_said_elsewhere_is_no_repeat(client: httpx.AsyncClient) -> None:
    one, other = mail(message_id="customers"), mail()
    begun = [await hear(client, one), await hear(client, other | {"account": one["account"]})]
    first, second = (f"/v1/conversations/{each['conversation_id']}/messages" for each in begun)
    said = {"message_id": "r-1", "text": "You are right."}
    assert (await client.post(first, json=said)).status_code == 201
    assert (await client.post(first, json=said)).status_code == 200
    for path, name in ((second, "r-1"), (first, "customers")):
        told = await client.post(path, json=said | {"message_id": name})
        assert problem(told, 422, "invalid")["errors"][0]["pointer"] == "/message_id"


async def test_which_messages_are_known(client: httpx.AsyncClient) -> None:
    first, other = mail(), mail()
    said = await hear(client, first)
    await hear(client, after(first, thread=["<never seen>"]))
    await hear(client, other)
    asked = [first["message_id"], "<never seen>", other["message_id"]]
    found = await client.get(
        f"/v1/accounts/{first['account']}/messages", params={"message_id": asked}
    )
    told = {name: said[name] for name in ("message_id", "conversation_id", "interaction_id")}
    assert found.json()["items"] == [told]


async def test_pages_of_a_dialogue_follow_one_another(client: httpx.AsyncClient) -> None:
    matter = f"matter-{secrets.token_hex(4)}"
    for number in range(5):
        await hear(client, mail(conversation_id=matter, text=str(number)))
    link: str | None = f"/v1/conversations/{matter}/messages?limit=2"
    seen = []
    while link is not None:
        page = (await client.get(link)).json()
        seen.append([one["text"] for one in page["items"]])
        link = page["next"]
    assert seen == [["0", "1"], ["2", "3"], ["4"]]
