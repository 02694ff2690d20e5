"""docs/events.md: the examples are executed, and what it says of trimming is what happens."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from adapters.cloudevents.envelope import envelope
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.places import Place
from adapters.cloudevents.position import Position
from adapters.cloudevents.schemas import envelope_schema, event_schemas
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.docs.test_examples import needs
from tests.servers import plain_client
from tests.tenant import Tenant, running_service

pytestmark = pytest.mark.servers
PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
KEYS = Keys("main")
FOLLOW, GROUP = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def names_of(snippet: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(snippet, names)  # the page's own code
    return names


@pytest.fixture
async def tenant(server: EmbeddedServer) -> AsyncIterator[Tenant]:
    tenant = Tenant(server, "main")
    async with running_service(server.url, "main"):
        login = {"type": "agent_login", "agent_id": "anna", "inbox": "desk-1", "encoding": "json"}
        create = {"type": "create", "interaction_id": "call-1", "channel": "voice"}
        (*_, last) = tenant.send(login, create)
        await tenant.until_consumed(last)
        yield tenant


def test_the_envelope_is_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    shown = json.loads(block)
    schema = {**envelope_schema("offer_accepted"), "components": {"schemas": event_schemas()}}
    jsonschema_rs.validator_for(schema).validate(shown)
    now_ms = 1_767_323_045_678
    made = envelope("main", Position(3, 120, 0), now_ms, shown["data"], Place("voice", "billing"))
    assert made == shown
    table = PAGE.split("| attribute |")[1].split("\n\n")[0]
    told = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    assert told >= set(shown) - {"specversion", "datacontenttype"}


def test_the_parts_of_a_filter() -> None:
    table = PAGE.split("| part |")[1].split("\n\n")[0]
    told = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert told == list(EventFilter.__struct_fields__)


async def test_the_commands_of_groups(tenant: Tenant, server: EmbeddedServer) -> None:
    needs("redis-cli")
    section = PAGE.split("## Reading Redis directly")[1]
    lines = re.findall(r"^\$ redis-cli (.*)$", section, re.MULTILINE)
    assert len(lines) == 6
    socket = server.url.removeprefix("unix://")
    answers = []
    for line in lines:
        command = ["redis-cli", "-s", socket, *shlex.split(line)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
        answers.append(done.stdout.decode(errors="replace"))
        assert not answers[-1].startswith(("ERR", "NOGROUP", "WRONGTYPE", "BUSYGROUP")), line
    made, read, acknowledged, groups, made_too, read_too = answers
    assert made == made_too == "OK\n"
    assert "1-0" in read
    assert acknowledged == "1\n"
    assert "warehouse" in groups
    assert '"type":"offer"' in read_too


async def test_the_reader_has_every_event_though_it_dies_in_between(tenant: Tenant) -> None:
    names = names_of(GROUP)
    client, heard = tenant.client, list[str]()
    for _ in range(2):
        names["join"](client, "warehouse")

    def dies(position: str, event: dict[str, Any]) -> None:
        if len(heard) == 2:
            raise InterruptedError
        heard.append(position)

    with pytest.raises(InterruptedError):
        names["take"](client, "warehouse", "reader-1", dies)
    again = list[str]()
    names["take"](client, "warehouse", "reader-1", lambda position, event: again.append(position))
    journal = tenant.journal()
    pairs = zip(journal.ids, journal.records, strict=True)
    told = [f"{name}/{n}" for name, record in pairs for n in range(len(record.events))]
    assert heard == told[:2]
    assert sorted({*heard, *again}, key=told.index) == told
    assert names["take"](client, "warehouse", "reader-1", heard.append) == 0


def test_what_trimming_does_to_a_group_that_falls_behind(server: EmbeddedServer) -> None:
    names = names_of(GROUP)
    with plain_client(server) as client:
        for lsn in range(1, 9):
            client.xadd(KEYS.journal, {"r": b"\x81\xa6events\x90"}, id=f"1-{lsn}")
        names["join"](client, "warehouse")
        client.xreadgroup("warehouse", "reader-1", {KEYS.journal: ">"}, count=3)
        assert names["missing"](client, "warehouse") is None
        with client.pipeline() as trim:
            trim.xtrim(KEYS.journal, minid="1-6", approximate=False)
            trim.set(KEYS.trimmed, "1-5 99")
            trim.execute()

        def lag() -> int:
            (group,) = client.xinfo_groups(KEYS.journal)
            return int(group["lag"])

        assert names["missing"](client, "warehouse") == (b"1-3", b"1-5")
        assert lag() == 5
        ((_, pending),) = client.xreadgroup("warehouse", "reader-1", {KEYS.journal: "0"})
        assert [(name, bool(fields)) for name, fields in pending] == [
            (b"1-1", False), (b"1-2", False), (b"1-3", False)
        ]  # fmt: skip
        ((_, found),) = client.xreadgroup("warehouse", "reader-1", {KEYS.journal: ">"}, count=1)
        assert [name for name, _ in found] == [b"1-6"]
        assert lag() == (2 if "valkey_version" in client.info("server") else 4)
        gone = client.xautoclaim(KEYS.journal, "warehouse", "reader-2", 0)[2]
        assert gone == [b"1-1", b"1-2", b"1-3"]
        assert names["missing"](client, "warehouse") is None


def test_the_reader_of_a_stream() -> None:
    told = [
        "retry: 2000\nid: 0-0\n\n", 'id: 1-2/0\ndata: {"id": "1-2/0", "type": "x"}\n\n',
        ": still here\nid: 1-7\n\n", 'id: 1-8/0\ndata: {"id": "1-8/0", "type": "y"}\n\n',
    ]  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["last-event-id"] == "1-1"
        assert request.url.path == "/v1/events"
        return httpx.Response(200, text="".join(told))

    follow: Callable[..., Any] = names_of(FOLLOW)["follow"]
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://api") as client:
        heard = list(follow(client, "?types=x", position="1-1"))
    assert [(name, event["type"]) for name, event in heard] == [("1-2/0", "x"), ("1-8/0", "y")]
