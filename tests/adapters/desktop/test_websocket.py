"""Desktops over real sockets, with the client that others would use, and processes that die."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack
import msgspec
import pytest
import structlog
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from adapters.api.layers.development import Everybody
from adapters.audit.entry import Actor, decode_entry
from adapters.desktop.closing import CloseCode
from adapters.desktop.lobby import Lobby
from adapters.desktop.login import GONE
from adapters.identity.attempts import Attempts
from adapters.redis.embedded import EmbeddedServer
from router.events import AgentUnavailable
from tests.adapters.desktop.desk_process import TERMS, serve_house
from tests.adapters.desktop.house import House, open_house, until
from tests.tenant import POLICY, Tenant, running_service

ROOT = Path(__file__).parents[3]
JSON, MSGPACK = "onequeue.v1.json", "onequeue.v1.msgpack"


def connect(socket: Path, *subprotocols: str, credential: str = "") -> Any:
    header = {"Authorization": f"Bearer {credential}"} if credential else {}
    return unix_connect(
        str(socket),
        uri="ws://desk/v1/desktop",
        subprotocols=subprotocols or None,
        additional_headers=header,
        ping_interval=None,
        compression=None,
    )


async def say(line: ClientConnection, **message: Any) -> None:
    await line.send(json.dumps(message))


async def hear(line: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind; heartbeats are answered."""
    async with asyncio.timeout(60):
        while True:
            message: dict[str, Any] = json.loads(await line.recv())
            if message["type"] == "heartbeat":
                await say(line, type="heartbeat")
            if message["type"] == kind:
                return message


async def closed(line: ClientConnection) -> int | None:
    async with asyncio.timeout(60):
        await line.wait_closed()
    return line.close_code


@asynccontextmanager
async def served(
    server: EmbeddedServer, tenant: Tenant, directory: Path, policy: dict[str, Any] = POLICY
) -> AsyncIterator[tuple[House, Path]]:
    name, socket = tenant.keys.tenant, directory / "api.sock"
    routing = running_service(server.url, name, policy=policy)
    async with routing, open_house(server.url, name, TERMS) as house:
        web = await serve_house(house, str(socket))
        yield house, socket
        house.lobby.empty()
        web.should_exit = True
        await web.serving  # type: ignore[attr-defined]  # as desk_process sets it


async def test_a_working_day_in_json(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        line = await connect(socket, JSON, credential="ada")
        async with line:
            assert line.subprotocol == JSON
            await say(line, type="hello", id=1)
            assert (await hear(line, "welcome"))["standing"]["state"] == "available"
            create = {
                "type": "create",
                "interaction_id": "i",
                "channel": "chat",
                "attributes": {"a": 1},
            }
            await house.submitter.submit(create)
            offer = (await hear(line, "work"))["message"]
            assert (offer["type"], offer["attributes"]) == ("offer", {"a": 1})
            await say(line, type="accept", id=2, offer_id=offer["offer_id"])
            assigned = (await hear(line, "work"))["message"]
            assert {**offer, **assigned, "type": "offer", "waited_ms": 0} == {
                **offer, "waited_ms": 0
            }  # fmt: skip
            assert (assigned["type"], assigned["attributes"]) == ("assigned", {"a": 1})
            assert (await hear(line, "ok"))["id"] == 2
            await say(line, type="note", id=3, interaction_id="i", text="promised a call")
            await hear(line, "ok")
            assert house.projection.state.notes["i"][0].author == "ada"
            await say(line, type="note", id=4, interaction_id="other", text="not hers")
            assert (await hear(line, "error"))["code"] == "not_yours"
            await say(line, type="accept", id=5, offer_id=offer["offer_id"])
            assert (await hear(line, "ok"))["repeated"]
            await say(line, type="decline", id=6, offer_id=offer["offer_id"])
            assert (await hear(line, "error"))["code"] == "offer_over"
            await say(line, type="complete", id=7, interaction_id="i")
            assert (await hear(line, "work"))["message"]["type"] == "released"
            await say(line, type="presence", id=8, state="unavailable", reason="lunch")
            assert (await hear(line, "work"))["message"]["state"] == "unavailable"


async def test_opening_a_desktop_ends_no_break(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        opening = {"type": "hello", "id": 1, "state": "available"}
        async with connect(socket, JSON, credential="ada") as line:
            await say(line, **opening)
            assert (await hear(line, "welcome"))["standing"]["state"] == "available"
            away = {"type": "agent_state", "agent_id": "ada", "state": "unavailable"}
            await house.submitter.submit(away | {"reason": "lunch"})
            assert house.projection.reason_of("ada") == "lunch"
        async with connect(socket, MSGPACK, credential="ada") as line:
            await line.send(msgspec.msgpack.encode(opening))
            welcome = msgspec.msgpack.decode(await line.recv())
            assert welcome["standing"]["state"] == "unavailable"
            assert house.projection.reason_of("ada") == "lunch"
            back = {"type": "presence", "id": 2, "state": "available"}
            await line.send(msgspec.msgpack.encode(back))
            await until(lambda: house.projection.reason_of("ada") is None)
        await house.submitter.submit(away | {"reason": GONE})
        async with connect(socket, JSON, credential="ada") as line:
            await say(line, **opening)
            assert (await hear(line, "welcome"))["standing"]["state"] == "available"


async def test_what_others_do_to_ones_work_is_told_at_once(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    wrapped = {**POLICY, "channels": {"chat": {"wrap_up_s": 60}}}
    async with (
        served(server, tenant, short_path, wrapped) as (_, socket),
        connect(socket, JSON, credential="ada") as line,
    ):
        await say(line, type="hello", id=1)
        await hear(line, "welcome")
        tenant.send({"type": "create", "interaction_id": "i", "channel": "chat"})
        offer = (await hear(line, "work"))["message"]
        mine = {"agent_id": "ada", "interaction_id": "i"}
        held = {"type": "hold_offer", "offer_id": offer["offer_id"], "agent_id": "ada"}
        tenant.send(held | {"hold_s": 90})
        ((told,),) = [(await hear(line, "standing"))["standing"]["offers"]]
        assert told["expires_ms"] > offer["expires_ms"] + 30_000
        tenant.send({"type": "accept", "offer_id": offer["offer_id"], "agent_id": "ada"})
        await hear(line, "work")
        tenant.send({"type": "complete", **mine})
        (first,) = (await hear(line, "standing"))["standing"]["assignments"]
        assert first["state"] == "wrap_up"
        tenant.send({"type": "extend_wrap_up", **mine, "extend_s": 60})
        (later,) = (await hear(line, "standing"))["standing"]["assignments"]
        assert later["wrap_up_until_ms"] == first["wrap_up_until_ms"] + 60_000


async def test_what_is_audited_over_http_is_audited_from_a_desktop_too(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    policy = {**POLICY, "personal": {"texts": True}}
    async with (
        served(server, tenant, short_path, policy) as (_, socket),
        connect(socket, JSON, credential="ada") as line,
    ):
        await say(line, type="hello", id=1)
        await hear(line, "welcome")
        tenant.send({"type": "create", "interaction_id": "i", "channel": "chat"})
        offer = (await hear(line, "work"))["message"]
        await say(line, type="accept", id=2, offer_id=offer["offer_id"])
        await hear(line, "ok")
        await say(line, type="channels", id=3, closed_channels=["voice"])
        await hear(line, "ok")
        await say(line, type="transfer", id=4, interaction_id="i", queue="general", reason="Jo's")
        await hear(line, "ok")
        await say(line, type="transfer", id=5, interaction_id={"a": 1}, queue=[2])
        assert (await hear(line, "error"))["code"] == "invalid"
    stream = tenant.client.xrange(tenant.keys.audit)
    channels, transfer, nonsense = (decode_entry("0-0", fields[b"a"]) for _, fields in stream)
    assert channels.actor == transfer.actor == Actor("ada", ("agent",))
    assert (channels.action, channels.resource, channels.resource_id) == (
        "agent.channels",
        "agent",
        "ada",
    )
    assert channels.after == {"type": "agent_channels", "closed_channels": ["voice"]}
    assert channels.before == {"state": "available", "closed_channels": []}
    assert transfer.origin.user_agent.startswith("Python/")
    assert transfer.action == "interaction.transfer"
    assert (transfer.resource, transfer.resource_id) == ("interaction", "i")
    assert transfer.before == {"state": "assigned"}  # queue and agent stay named as they were
    assert (transfer.after["type"], transfer.after["reason"]) == ("transfer", "[personal]")
    assert (nonsense.resource_id, nonsense.after) == ("", {"type": "transfer"})


async def test_msgpack_is_spoken_to_who_asks_for_it(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        async with connect(socket, "other", MSGPACK, JSON) as line:
            assert line.subprotocol == MSGPACK
            login = {"type": "agent_login", "agent_id": "ada", "inbox": "x"}
            tenant.send({**login, "skills": {"english": 4}})
            await until(lambda: "ada" in house.projection.state.agents)
            hello = {"type": "hello", "credential": "ada"}
            await line.send(msgpack.packb(hello))
            assert msgpack.unpackb(await line.recv())["type"] == "welcome"
            assert house.projection.state.agents["ada"].skills == {"english": 4}
        async with connect(socket, credential="ada") as line:
            await say(line, type="hello")
            await hear(line, "welcome")
            agent = house.projection.state.agents["ada"]
            assert (agent.encoding, agent.skills) == ("json", {"english": 4})
        with pytest.raises(InvalidStatus):
            async with connect(socket, "other"):
                pass


async def test_a_center_may_let_agents_describe_themselves_and_finds_it_in_the_audit(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        house.lobby.terms = replace(house.lobby.terms, agents_describe_themselves=True)
        async with connect(socket, credential="ada") as line:
            await say(line, type="hello", skills={"english": 4})
            await hear(line, "welcome")
        assert house.projection.state.agents["ada"].skills == {"english": 4}
    ((_, fields),) = tenant.client.xrange(tenant.keys.audit)
    entry = decode_entry("0-0", fields[b"a"])
    assert (entry.actor.subject, entry.resource_id) == ("ada", "ada")
    assert entry.after["skills"] == {"english": 4}


async def test_why_a_connection_is_closed(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (_, socket):
        async with connect(socket) as stranger:
            await say(stranger, type="hello")
            assert (await hear(stranger, "error"))["code"] == "unauthenticated"
            assert await closed(stranger) == CloseCode.UNAUTHENTICATED
        async with connect(socket, credential="auditor") as auditor:
            await say(auditor, type="hello")
            assert (await hear(auditor, "error"))["code"] == "forbidden"
        async with connect(socket, credential="ada") as other:
            await say(other, type="hello", agent_id="bob")
            assert (await hear(other, "error"))["code"] == "forbidden"
        async with connect(socket, credential="ada") as first:
            await say(first, type="hello", skills={"klingon": 3}, capacity=9)
            refused = await hear(first, "error")
            assert refused["code"] == "forbidden"
            assert refused["detail"].startswith("skills, capacity: ")
            await say(first, type="hello", activity="unheard of")
            assert (await hear(first, "error"))["code"] == "unknown_activity"
            await say(first, type="hello")
            await hear(first, "welcome")
            async with connect(socket, credential="ada") as second:
                await say(second, type="hello")
                await hear(second, "welcome")
                assert await closed(first) == CloseCode.REPLACED
                await second.send("x" * 70_000)
                assert await closed(second) == CloseCode.TOO_LARGE
        async with connect(socket), connect(socket), connect(socket), connect(socket) as fourth:
            assert await closed(fourth) == CloseCode.NOT_NOW


async def test_without_credentials_hello_names_the_agent(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        desks, logger = {tenant.keys.tenant: house.desks}, structlog.get_logger()
        attempts = Attempts(Everybody(tenant.keys.tenant), 1.0, 1, time.monotonic)
        running, house.lobby = house.lobby, Lobby(desks, attempts, TERMS, logger)
        async with connect(socket) as line:
            await say(line, type="hello", agent_id="ada")
            assert (await hear(line, "welcome"))["standing"]["state"] == "available"
        house.lobby = running  # which is to be closed


async def test_seats_and_guesses_are_bounded_apart_from_who_comes_in(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        house.lobby.terms = msgspec.structs.replace(TERMS, desktops_max=1)
        async with connect(socket, credential="ada") as ada, connect(socket), connect(socket):
            await say(ada, type="hello")
            await hear(ada, "welcome")
            async with connect(socket, credential="bob") as bob:
                await say(bob, type="hello")
                assert (await hear(bob, "error"))["code"] == "busy"
                assert await closed(bob) == CloseCode.NOT_NOW
            for _ in range(10):
                async with connect(socket) as stranger:
                    await say(stranger, type="hello")
                    assert (await hear(stranger, "error"))["code"] == "unauthenticated"
            async with connect(socket) as stranger:
                await say(stranger, type="hello")
                assert (await hear(stranger, "error"))["code"] == "rate_limited"
                assert await closed(stranger) == CloseCode.NOT_NOW
        async with connect(socket, credential="ada") as again:
            await say(again, type="hello")
            await hear(again, "welcome")


async def test_a_process_that_is_killed_is_spoken_for_by_another(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    name, doomed = tenant.keys.tenant, short_path / "doomed.sock"
    async with served(server, tenant, short_path) as (house, socket):
        program = (sys.executable, "-m", "tests.adapters.desktop.desk_process")
        process = subprocess.Popen([*program, server.url, name, str(doomed)], cwd=ROOT)  # noqa: ASYNC220  # at once
        try:
            await until(doomed.exists)
            async with connect(doomed, credential="ada") as ada, connect(doomed, credential="bob"):
                await say(ada, type="hello")
                at = (await hear(ada, "welcome"))["position"]
                await house.submitter.submit(
                    {"type": "create", "interaction_id": "i", "channel": "chat"}
                )
                offer = await hear(ada, "work")
                process.kill()
                with pytest.raises(ConnectionClosed):
                    await ada.recv()
        finally:
            process.kill()
            process.wait()
        state = house.projection.state
        async with connect(socket, credential="bob") as bob:
            await say(bob, type="hello")
            await hear(bob, "welcome")
            again = (await hear(bob, "work"))["message"]
            assert again["interaction_id"] == offer["message"]["interaction_id"]
        assert state.agents["ada"].status == "unavailable"
        (gone,) = (e for e in tenant.journal().of(AgentUnavailable) if e.agent_id == "ada")
        assert gone.reason == GONE
        async with connect(socket, credential="ada") as ada:
            await say(ada, type="hello", resume=at, state="available")
            welcome = await hear(ada, "welcome")
            assert welcome["resumed"]
            missed = [one["message"]["type"] for one in welcome["missed"]]
            assert missed == ["offer", "agent_state", "offer_over", "agent_state"]


async def test_who_does_not_read_is_closed_and_comes_back_to_a_picture(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with served(server, tenant, short_path) as (house, socket):
        line = await connect(socket, credential="ada")
        await say(line, type="hello")
        position = (await hear(line, "welcome"))["position"]
        line.transport.pause_reading()
        create = {"type": "create", "channel": "chat", "attributes": {"long": "x" * 60_000}}
        seat = house.desks.seat_of("ada")
        for number in range(200):
            name = f"i{number}"
            await house.submitter.submit({**create, "interaction_id": name})
            await house.submitter.submit({"type": "cancel", "interaction_id": name})
            if house.desks.seat_of("ada") is not seat:
                break
        assert house.desks.seat_of("ada") is None
        async with connect(socket, credential="ada") as again:
            await say(again, type="hello", resume=position)
            welcome = await hear(again, "welcome")
            # it has missed more than a resume sends again
            assert not welcome["resumed"]
            assert len(welcome.get("offers", ())) <= 1
        line.transport.abort()
