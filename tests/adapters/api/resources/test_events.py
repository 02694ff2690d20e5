"""Server-sent events over a real connection: cut anywhere, and gone on with."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.api.holding.hosted import Hosted
from adapters.api.problems import ProblemError
from adapters.api.resources import event_stream
from adapters.api.resources.events import Streams
from adapters.api.server import ApiServer, served, uvicorn_config
from adapters.api.settings import ApiSettings
from tests.adapters.api.conftest import PEOPLE, Api, problem
from tests.adapters.webhooks.receiver import told_by
from tests.docs.test_examples import needs
from tests.tenant import POLICY, Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="package")]
CUTS = 12


class Heard:
    """What came over one connection, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.last_id = ""
        self.comments: list[str] = []

    async def next(self) -> dict[str, Any] | None:
        """The next event; None at the end."""
        data = ""
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if not line:
                if data:
                    event: dict[str, Any] = json.loads(data)
                    assert event["id"] == self.last_id
                    return event
            elif name == "id":
                self.last_id = value
            elif name == "data":
                data = value
            elif not name:
                self.comments.append(value)
        return None

    async def many(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while len(found) < count and (event := await self.next()) is not None:
                found.append(event)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def url(hosted: Hosted) -> AsyncIterator[str]:
    """A server of its own, which is drained at the end."""
    api = Api(hosted, ApiSettings(streams_each_max=3))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ApiServer(uvicorn_config(api.app, ApiSettings(drain_s=5.0)))
        async with served(server, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            api.app.state.draining.set()


@pytest_asyncio.fixture(loop_scope="package")
async def reader(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": "Bearer admin"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20.0) as client:
        yield client


def send(tenant: Tenant, name: str) -> None:
    create = {"type": "create", "interaction_id": name, "channel": "voice", "customer_id": "c-7"}
    tenant.send(create, {"type": "cancel", "interaction_id": name})


async def test_every_event_once_wherever_the_line_is_cut(
    reader: httpx.AsyncClient, tenant: Tenant
) -> None:
    random, heard, last_id = Random(3), list[str](), ""
    for cut in range(CUTS):
        send(tenant, f"cut-{cut}")
        headers = {"Last-Event-ID": last_id} if last_id else {}
        async with reader.stream("GET", "/v1/events?from=begin", headers=headers) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            stream = Heard(response)
            heard += [event["id"] for event in await stream.many(random.randrange(1, 3))]
            last_id = stream.last_id
    assert len(heard) >= CUTS
    assert heard == told_by(tenant)[: len(heard)]


async def test_only_what_is_wanted_and_what_comes_now(
    reader: httpx.AsyncClient, tenant: Tenant
) -> None:
    send(tenant, "before")
    query = "types=interaction_created,offer_*&queue=general&channel=voice&subject=interactions/new"
    async with reader.stream("GET", f"/v1/events?{query}") as response:
        send(tenant, "old-1")
        send(tenant, "new-1")
        send(tenant, "new-2")
        events = await Heard(response).many(2)
    assert [event["subject"] for event in events] == ["interactions/new-1", "interactions/new-2"]
    assert {event["type"] for event in events} == {"onequeue.interaction_created.v1"}
    assert events[0]["data"]["customer_id"] == "c-7"


async def test_a_quiet_stream_says_that_it_lives_and_how_far_it_is(
    reader: httpx.AsyncClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(event_stream, "LOOK_S", 0.05)
    async with reader.stream("GET", "/v1/events?types=policy_dropped") as response:
        stream = Heard(response)
        reading = asyncio.create_task(stream.next())
        send(tenant, "unheard")
        newest = ""
        for _ in range(400):
            await asyncio.sleep(0.01)
            newest = tenant.journal().ids[-1]
            if stream.last_id == newest and stream.comments:
                break
        assert (stream.last_id, stream.comments[0]) == (newest, "still here")
        reading.cancel()


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ("types=offer_isued", 422, "invalid", "did you mean offer_issued"),
        ("queue=", 422, "invalid", "1 to 128 characters"),
        ("from=yesterday", 422, "invalid", "is no position"),
        ("from=99-1", 410, "history_trimmed", "the journal ends with"),
        (f"subject={'s' * 257}", 422, "invalid", ""),
    ],
)
async def test_what_cannot_be_meant(
    client: httpx.AsyncClient, query: str, status: int, code: str, words: str
) -> None:
    body = problem(await client.get(f"/v1/events?{query}"), status, code)
    assert words in body.get("detail", "")


async def test_what_has_been_trimmed(client: httpx.AsyncClient, tenant: Tenant) -> None:
    tenant.client.set(tenant.keys.trimmed, "1-1 10")
    try:
        body = problem(await client.get("/v1/events?from=1-0"), 410, "history_trimmed")
        assert "which holds those after 1-1" in body["detail"]
    finally:
        tenant.client.delete(tenant.keys.trimmed)


async def test_who_may_not_hear_them(api: Api, client: httpx.AsyncClient) -> None:
    async with api.client("anna") as anna, api.client("") as nobody:
        problem(await anna.get("/v1/events"), 403, "forbidden")
        problem(await nobody.get("/v1/events"), 401, "unauthenticated")


async def test_personal_fields_are_for_those_who_may_see_them(url: str, tenant: Tenant) -> None:
    tenant.send({"type": "replace_policy", "policy": {**POLICY, "personal": {"customer_id": True}}})
    query, found = "/v1/events?types=interaction_created", {}
    for name in ("auditor", "gateway"):
        headers = {"Authorization": f"Bearer {name}"}
        async with (
            httpx.AsyncClient(base_url=url, headers=headers) as client,
            client.stream("GET", query) as response,
        ):
            send(tenant, f"personal-{name}")
            (event,) = await Heard(response).many(1)
            found[name] = event["data"]["customer_id"]
    tenant.send({"type": "replace_policy", "policy": POLICY})
    assert found == {"auditor": "[personal]", "gateway": "c-7"}


async def test_so_many_streams_of_a_credential(reader: httpx.AsyncClient) -> None:
    responses = [await reader.send(_stream(reader), stream=True) for _ in range(3)]
    body = problem(await reader.get("/v1/events"), 429, "too_many_streams")
    assert "has 3 streams open" in body["detail"]
    for response in responses:
        await response.aclose()
    for _ in range(200):
        again = await reader.send(_stream(reader), stream=True)
        await again.aclose()
        if again.status_code == 200:
            return
        await asyncio.sleep(0.01)
    pytest.fail("a stream that was closed still counts")


def _stream(reader: httpx.AsyncClient) -> httpx.Request:
    return reader.build_request("GET", "/v1/events")


async def test_a_stream_ends_with_its_credential(
    reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "LOOK_S", 0.05)
    async with reader.stream("GET", "/v1/events") as response:
        stream = Heard(response)
        with monkeypatch.context() as revoked:
            revoked.delitem(PEOPLE, "admin")
            assert await stream.many(1) == []
        assert stream.comments == ["the credential does not hold any more"]


async def test_who_takes_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "TAKE_S_MAX", 0.05)
    never = asyncio.Event()

    async def stuck(message: object) -> None:
        await never.wait()

    with pytest.raises(TimeoutError):
        await event_stream._send(stuck, b"")


async def test_streams_are_counted() -> None:
    streams = Streams(most=3, most_each=2)
    streams.open("t", "a")
    streams.open("t", "a")
    with pytest.raises(ProblemError, match="too_many_streams"):
        streams.open("t", "a")
    streams.open("u", "a")
    with pytest.raises(ProblemError, match="busy"):
        streams.open("u", "b")
    streams.closed("t", "a")
    streams.open("t", "a")
    assert streams.count == 3


async def test_the_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/asyncapi.json")
    assert answer.status_code == 200
    assert answer.json()["asyncapi"] == "3.0.0"


async def test_the_reader_of_the_page_in_node(url: str, tenant: Tenant, tmp_path: Path) -> None:
    needs("node")
    page = (Path(__file__).parents[4] / "docs" / "events.md").read_text()
    (snippet,) = re.findall(r"```js\n(.*?)```", page, re.DOTALL)
    (tmp_path / "follow.mjs").write_text(snippet)
    script = (
        'import { follow } from "./follow.mjs"; const [url, key] = process.argv.slice(1);'
        'for await (const event of follow(url + "/v1/events?from=begin", key, "1-0")) {'
        "  console.log(event.id); break; }"
    )
    send(tenant, "for-node")
    process = await asyncio.create_subprocess_exec(
        *("node", "--input-type=module", "-e", script, url, "gateway"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.decode().strip() == told_by(tenant)[1]
