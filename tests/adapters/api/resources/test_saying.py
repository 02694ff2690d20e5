"""What is said to customers over HTTP: by whom, to whom, until it is reported."""

from __future__ import annotations

import asyncio
import secrets

import httpx
import pytest

from adapters.api.resources import waiting
from adapters.media.message import digest_of
from tests.adapters.api.conftest import Api, problem
from tests.adapters.api.resources.saying import MIA, after, finish, hear, mail, said_in

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_reply_goes_out_by_the_account_that_was_written_to(
    client: httpx.AsyncClient,
) -> None:
    first = mail(subject="My bill")
    begun = await hear(client, first)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    told = {"text": "You are right.", "agent_id": "anna", "message_id": f"r-{secrets.token_hex(4)}"}
    reply = await client.post(path, json=told)
    assert reply.status_code == 201, reply.text
    shown = reply.json()
    assert (shown["account"], shown["channel"]) == (first["account"], "chat")
    assert (shown["recipients"], shown["thread"]) == ([MIA], [first["message_id"]])
    assert (shown["subject"], shown["agent_id"]) == ("My bill", "anna")
    assert shown["delivery"]["state"] == "queued"
    again = await client.post(path, json=told)
    assert (again.status_code, again.json()) == (200, shown)
    # what answers the reply belongs to the same conversation
    answered = await hear(client, after(first, thread=[shown["message_id"]]))
    assert answered["conversation_id"] == begun["conversation_id"]


async def test_a_reply_goes_where_the_sender_wants_it(client: httpx.AsyncClient) -> None:
    home = {"medium": "email", "address": "mia@home.example"}
    begun = await hear(client, mail(reply_to=home))
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    (shown,) = (await client.get(path)).json()["items"]
    assert (shown["sender"]["address"], shown["reply_to"]) == (MIA["address"], {**home, "name": ""})
    reply = (await client.post(path, json={"text": "You are right."})).json()
    assert reply["recipients"] == [shown["reply_to"]]
    assert reply["reply_to"] is None


async def test_a_repeat_goes_where_it_went(client: httpx.AsyncClient) -> None:
    """Though the customer has written on another account meanwhile."""
    first = mail()
    begun = await hear(client, first)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    told = {"text": "You are right.", "message_id": f"r-{secrets.token_hex(4)}"}
    reply = await client.post(path, json=told)
    await hear(client, mail(conversation_id=begun["conversation_id"]))
    again = await client.post(path, json=told)
    assert (reply.status_code, again.status_code) == (201, 200)
    assert again.json() == reply.json()
    said = await said_in(client, begun["conversation_id"])
    assert [one["text"] for one in said].count("You are right.") == 1


async def test_what_is_unsent_is_known_until_it_is_reported(
    client: httpx.AsyncClient, api: Api
) -> None:
    """However long that takes; and by the provider's id, even if that is told late."""
    first = mail()
    begun = await hear(client, first)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    name, account = f"r-{secrets.token_hex(4)}", first["account"]
    # its customer answers it before it comes about, and after
    await hear(client, after(first, thread=[name]))
    await client.post(path, json={"text": "Hello", "message_id": name})
    await hear(client, after(first, thread=[name]))
    dialogues = api.hosted.dialogues
    mark = dialogues._keys.message(digest_of(account, name))
    assert await dialogues._wire.call("PTTL", mark) == -1
    reports = f"/v1/accounts/{account}/outgoing"
    provider = "m_" + "x" * 160
    for told in ({"state": "delivered"}, {"state": "sent", "provider_id": provider}):
        assert (await client.post(f"{reports}/{name}", json=told)).status_code == 200
    assert await dialogues._wire.call("PTTL", mark) > 0
    read = await client.post(f"{reports}/{provider}", json={"state": "read"})
    assert (read.json()["message_id"], read.json()["state"]) == (provider, "read")
    answered = await hear(client, after(first, thread=[provider]))
    assert answered["conversation_id"] == begun["conversation_id"]


async def test_who_reads_takes_no_place_from_who_sends(
    client: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAITING_MAX", 1)
    begun = await hear(client, mail())
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    (kept,) = await said_in(client, begun["conversation_id"])
    params = {"after": kept["order"], "wait_s": 20}
    reading = asyncio.create_task(client.get(path, params=params, timeout=60))
    async with asyncio.timeout(60):
        while not api.app.state.waiting.counts["conversations"]:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
    problem(await client.get(path, params=params), 503, "busy")
    there = await client.get(path, params={"wait_s": 20})
    assert [one["order"] for one in there.json()["items"]] == [kept["order"]]
    sending = await client.get("/v1/accounts/nobody/outgoing", params={"wait_s": 0.1})
    assert (sending.status_code, sending.json()["items"]) == (200, [])
    await client.post(path, json={"text": "It is late."})
    assert (await reading).json()["items"][0]["text"] == "It is late."


async def test_whoever_follows_a_conversation_hears_it_as_it_is_said(
    client: httpx.AsyncClient,
) -> None:
    first = mail()
    begun = await hear(client, first)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    (kept,) = await said_in(client, begun["conversation_id"])
    params = {"after": kept["order"], "wait_s": 20}
    following = asyncio.create_task(client.get(path, params=params, timeout=60))
    said = await client.post(path, json={"text": "We look into it."})
    (heard,) = (await following).json()["items"]
    assert (heard["text"], heard["order"]) == ("We look into it.", said.json()["order"])
    nothing = await client.get(path, params={"after": heard["order"], "wait_s": 0.01})
    assert nothing.json()["items"] == []
    await finish(client, begun["interaction_id"])


async def test_outgoing_messages_are_there_until_they_are_reported(
    client: httpx.AsyncClient,
) -> None:
    first = mail()
    begun = await hear(client, first)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    sent = [(await client.post(path, json={"text": text})).json() for text in ("one", "two")]
    queue = f"/v1/accounts/{first['account']}/outgoing"
    items = (await client.get(queue)).json()["items"]
    assert [one["message"]["text"] for one in items] == ["one", "two"]
    behind = await client.get(queue, params={"after": items[0]["order"]})
    assert behind.json()["items"] == items[1:]
    name = sent[0]["message_id"]
    told = await client.post(f"{queue}/{name}", json={"state": "delivered", "provider_id": "SM1"})
    assert told.json()["state"] == "delivered"
    # late, twice, by the provider's id: the furthest stands
    late = await client.post(f"{queue}/SM1", json={"state": "sent"})
    assert late.json()["state"] == "delivered"
    read = await client.post(f"{queue}/SM1", json={"state": "read", "at_ms": 1_790_000_000_000})
    assert read.json()["state"] == "read"
    assert (await client.get(queue)).json()["items"] == items[1:]
    shown = {
        one["text"]: one["delivery"] for one in await said_in(client, begun["conversation_id"])
    }
    assert (shown["one"]["state"], shown["one"]["provider_id"]) == ("read", "SM1")
    assert shown["two"]["state"] == "queued"
    answered = await hear(client, after(first, thread=["SM1"]))
    assert answered["conversation_id"] == begun["conversation_id"]
    problem(await client.post(f"{queue}/none", json={"state": "sent"}), 404, "unknown_message")


async def test_who_waits_for_something_to_send_is_told_at_once(client: httpx.AsyncClient) -> None:
    first = mail()
    begun = await hear(client, first)
    queue = f"/v1/accounts/{first['account']}/outgoing"
    waiting = asyncio.create_task(client.get(queue, params={"wait_s": 20}))
    await asyncio.sleep(0)
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    await client.post(path, json={"text": "now"})
    async with asyncio.timeout(60):
        items = (await waiting).json()["items"]
    assert [one["message"]["text"] for one in items] == ["now"]
    nothing = await client.get("/v1/accounts/nobody/outgoing", params={"wait_s": 0.01})
    assert nothing.json()["items"] == []


async def test_an_agent_answers_in_the_conversations_that_are_theirs(
    api: Api, client: httpx.AsyncClient
) -> None:
    begun = await hear(client, mail())
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    async with api.client("anna") as anna:
        problem(await anna.get(path), 404, "unknown_conversation")
        problem(await anna.post(path, json={"text": "hello"}), 404, "unknown_conversation")
        logged_in = await client.post(
            "/v1/agents/anna/login", json={"inbox": "d", "state": "unavailable"}
        )
        assert logged_in.status_code == 200, logged_in.text
        given = await client.post(
            f"/v1/interactions/{begun['interaction_id']}/assign", json={"agent_id": "anna"}
        )
        assert given.status_code == 200, given.text
        assert [one["text"] for one in (await anna.get(path)).json()["items"]] == [
            "It is too high."
        ]
        reply = await anna.post(path, json={"text": "hello", "agent_id": "somebody"})
        assert (reply.status_code, reply.json()["agent_id"]) == (201, "anna")
    await client.post("/v1/agents/anna/logout", json={})


async def test_who_speaks_in_anothers_place_stands_in_the_audit(
    api: Api, client: httpx.AsyncClient
) -> None:
    begun = await hear(client, mail())
    path = f"/v1/conversations/{begun['conversation_id']}/messages"
    async with api.client("ben") as ben, api.client("gateway") as gateway:
        assert (await ben.post(path, json={"text": "from ben"})).status_code == 201
        assert (await gateway.post(path, json={"text": "from a machine"})).status_code == 201
    found = await client.get("/v1/audit", params={"target": begun["conversation_id"]})
    (entry,) = found.json()["items"]
    assert (entry["action"], entry["subject"]) == ("conversation.say", "ben")
    assert "from ben" not in found.text
