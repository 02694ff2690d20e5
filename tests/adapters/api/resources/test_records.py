"""The customer record over HTTP: read, written, merged and split, hidden, and gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from sqlalchemy import text

from adapters.api.holding.hosted import Hosted
from adapters.api.meters import ApiMeters
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.connectors.document import Connectors
from adapters.connectors.gathering import Gathering
from adapters.enriching.enriching import Enriching, EnrichingTerms
from adapters.record.database import Database
from adapters.record.messages import Feed
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from router.events import InteractionCreated as Created
from tests.adapters.api.conftest import Api, problem
from tests.adapters.record.told import Floor, follower_of
from tests.records import new_record
from tests.tenant import running_service

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

OURS = "records"
NPS = Path(__file__).with_name("nps.csv")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(api_server: EmbeddedServer) -> AsyncIterator[tuple[Api, Floor]]:
    """A tenant with a morning's history in its record."""
    async with running_service(api_server.url, OURS), new_record() as record:
        floor = Floor(api_server, OURS)
        await floor.history()
        async with follower_of(api_server, "", record, OURS) as follower:
            while await follower.step():
                pass
        async with hosted_with(api_server, record) as hosted:
            yield Api(hosted, ApiSettings()), floor


@asynccontextmanager
async def hosted_with(server: EmbeddedServer, record: Database) -> AsyncIterator[Hosted]:
    endpoint, logger, meters = Endpoint(server.url), structlog.get_logger(), ApiMeters()
    enriching = Enriching(record, OURS, EnrichingTerms(deadline_s=30.0), meters)
    table = {"kind": "file", "path": str(NPS), "map": {"nps": "score"}, "deadline_ms": 10_000}
    gathering = Gathering(Connectors.model_validate({"sources": {"nps": table}}))
    found = hosted_tenant(
        endpoint, OURS, logger, record=record, enriching=enriching, gathering=gathering
    )
    following = asyncio.create_task(found.projection.run())
    await found.projection.until_ready()
    try:
        yield found
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def admin(room: tuple[Api, Floor]) -> AsyncIterator[httpx.AsyncClient]:
    async with room[0].client() as client:
        yield client


def named(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def test_all_of_a_customer_page_by_page(admin: httpx.AsyncClient) -> None:
    whole = (await admin.get("/v1/customers/c1/record")).json()
    assert named(whole["segments"], "interaction_id", "state", "outcome") == [
        ("i4", "waiting", ""),
        ("i1", "completed", "resolved"),
    ]
    (call,) = [row for row in whole["segments"] if row["interaction_id"] == "i1"]
    assert named(call["handlings"], "agent_id", "ended_by") == [
        ("ann", "requeued"),
        ("bob", "completed"),
    ]
    assert named(call["notes"], "author") == [("ann",)]
    assert named(whole["conversations"], "conversation_id", "segments", "open", "channels") == [
        ("k1", 1, 0, ["voice"])
    ]
    assert named(whole["outcomes"], "outcome", "agent_id") == [("resolved", "bob")]
    assert whole["next"] is None
    first = (await admin.get("/v1/customers/c1/record?limit=1")).json()
    assert named(first["segments"], "interaction_id") == [("i4",)]
    second = (await admin.get(first["next"])).json()
    assert named(second["segments"], "interaction_id") == [("i1",)]
    assert second["next"] is None
    nobody = (await admin.get("/v1/customers/nobody/record")).json()
    assert (nobody["segments"], nobody["first_seen_ms"]) == ([], 0)
    problem(await admin.get("/v1/customers/c1/record?cursor=zzz"), 422, "invalid")


async def put(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.put(f"/v1/customers/{path}", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_what_is_written_stands_there_and_in_the_audit(
    room: tuple[Api, Floor], admin: httpx.AsyncClient
) -> None:
    await put(admin, "w1/owner", agent_id="ann")
    await put(admin, "w1/preferences/language", value="de")
    await put(admin, "w1/preferences/gone", value="x")
    await put(admin, "w1/preferences/gone", value="")
    opened = await put(admin, "w1/issues/w-1", title="no line", blocks_selling=True)
    assert (opened["resolved_ms"], opened["opened_by"]) == (0, "admin")
    done = await put(admin, "w1/issues/w-1", title="no line", is_resolved=True)
    assert done["resolved_ms"] >= done["opened_ms"] == opened["opened_ms"]
    await put(admin, "w1/offers-made/o-1", name="fibre")
    said = await put(admin, "w1/offers-made/o-1", name="fibre", status="declined")
    assert said["made_ms"] <= said["changed_ms"]
    survey = {"kind": "survey", "score": 0.25, "agent_id": "ann"}
    answer = await admin.post("/v1/customers/w1/outcomes", json=survey)
    assert answer.status_code == 200
    whole = (await admin.get("/v1/customers/w1/record")).json()
    assert whole["owner"] == "ann"
    assert named(whole["preferences"], "name", "value") == [("language", "de")]
    assert named(whole["issues"], "title", "blocks_selling") == [("no line", False)]
    assert named(whole["offers_made"], "name", "status") == [("fibre", "declined")]
    assert named(whole["outcomes"], "kind", "score", "source") == [("survey", 0.25, "admin")]
    other = await admin.put("/v1/customers/w2/issues/w-1", json={"title": "x"})
    problem(other, 409, "customer_conflict")
    entries = room[1].tenant.client.xrange(room[1].tenant.keys.audit)
    actions = b" ".join(fields[b"a"] for _, fields in entries)
    for action in ("own", "prefer", "issue", "offer", "outcome"):
        assert f"customer.{action}".encode() in actions
    assert b"no line" not in actions


async def test_merged_customers_are_one_until_they_are_split(admin: httpx.AsyncClient) -> None:
    async def post(path: str, **body: Any) -> httpx.Response:
        return await admin.post(f"/v1/customers/{path}", json=body)

    await put(admin, "m1/preferences/language", value="de")
    await put(admin, "m2/preferences/language", value="fr")
    mail = {"medium": "E-Mail", "address": " Mia@Example.org"}
    assert (await post("m1/identities", **mail)).json()["address"] == "mia@example.org"
    assert (await post("m1/identities", **mail)).status_code == 200
    problem(await post("m2/identities", **mail), 409, "customer_conflict")
    phone = {"medium": "phone", "address": "0049 (30) 123-45"}
    assert (await post("m1/identities", **phone)).json()["address"] == "+493012345"
    assert (await post("m2/merge", into="m3")).json()["kind"] == "merged"
    assert (await post("m3/merge", into="m1", reason="one household")).status_code == 200
    problem(await post("m2/merge", into="m1"), 409, "customer_conflict")
    problem(await post("m1/merge", into="m2"), 409, "customer_conflict")
    for name in ("m1", "m2", "m3"):
        whole = (await admin.get(f"/v1/customers/{name}/record")).json()
        assert (whole["person_id"], whole["customers"]) == ("m1", ["m1", "m2", "m3"])
        assert named(whole["preferences"], "value") == [("fr",)]
        assert len(whole["identities"]) == 2
    found = await admin.get("/v1/identities", params={"medium": "phone", "address": "+49 3012345"})
    assert found.json()["customer_id"] == "m1"
    assert (await post("m3/split")).json()["kind"] == "split"
    assert (await admin.get("/v1/customers/m2/record")).json()["customers"] == ["m2", "m3"]
    assert (await admin.get("/v1/customers/m1/record")).json()["customers"] == ["m1"]
    problem(await post("m1/split"), 409, "customer_conflict")
    assert (await post("m1/split", to="m4", identities=[mail])).json()["kind"] == "moved"
    problem(await post("m1/split", to="m4", identities=[mail]), 404, "unknown_identity")
    params = {"medium": "e-mail", "address": "MIA@example.org"}
    assert (await admin.get("/v1/identities", params=params)).json()["customer_id"] == "m4"
    problem(
        await admin.get("/v1/identities", params={"medium": "fax", "address": "1"}),
        404, "unknown_identity",
    )  # fmt: skip
    changes = (await admin.get("/v1/customers/m3/record/changes")).json()["items"]
    assert named(changes, "kind", "customer_id", "other_id", "reason") == [
        ("split", "m3", "m1", ""),
        ("merged", "m3", "m1", "one household"),
        ("merged", "m2", "m3", ""),
    ]


async def test_what_is_created_for_a_customer_goes_with_their_history(
    room: tuple[Api, Floor], admin: httpx.AsyncClient
) -> None:
    await put(admin, "c1/owner", agent_id="zoe")
    mail = {"medium": "email", "address": "c1@example.org"}
    assert (await admin.post("/v1/customers/c1/identities", json=mail)).status_code == 200
    call = {"interaction_id": "h1", "channel": "voice", "queue": "general", "customer_id": "c1"}
    assert (await admin.post("/v1/interactions", json=call)).status_code == 201
    said = {"account": "desk", "message_id": "m1", "channel": "chat", "text": "hello"}
    answer = await admin.post("/v1/messages", json={**said, "sender": mail})
    assert answer.status_code == 201, answer.text
    own = [{"agent_id": "cy", "kind": "owner"}]
    told = {**call, "interaction_id": "h2", "history": own}
    assert (await admin.post("/v1/interactions", json=told)).status_code == 201
    created = {event.interaction_id: event for event in room[1].tenant.journal().of(Created)}
    for name in ("h1", answer.json()["interaction_id"]):
        assert [agent for agent, _ in created[name].preferred] == ["ann", "bob", "zoe"]
        assert created[name].customer_id == "c1"
    assert [agent for agent, _ in created["h2"].preferred] == ["cy"]


async def test_what_other_systems_say_is_told_with_its_source(room: tuple[Api, Floor]) -> None:
    for name, told in (("admin", "7"), ("auditor", "[personal]")):
        async with room[0].client(name) as client:
            (source,) = (await client.get("/v1/customers/c1/record")).json()["elsewhere"]
            assert (source["source"], source["facts"]) == ("nps", {"nps": told})
            assert source["state"] in {"fresh", "cached"}
            assert source["age_ms"] > 0


async def test_what_was_said_is_told_page_by_page(
    room: tuple[Api, Floor], admin: httpx.AsyncClient, api_server: EmbeddedServer
) -> None:
    said = {"account": "desk", "channel": "chat", "conversation_id": "s1", "customer_id": "s1"}
    for number in range(3):
        told = {**said, "message_id": f"s{number}", "at_ms": 5 + number, "text": f"text {number}"}
        assert (await admin.post("/v1/messages", json=told)).status_code == 201
    records = room[0].hosted.records
    assert records is not None
    feed = Feed(Endpoint(api_server.url), room[1].tenant.keys)
    async with follower_of(api_server, "", records._database, OURS) as follower:
        while await follower.hear_next(feed):
            pass
    await feed.close()
    first = (await admin.get("/v1/customers/s1/messages?limit=2")).json()
    assert named(first["items"], "text") == [("text 2",), ("text 1",)]
    second = (await admin.get(first["next"])).json()
    assert named(second["items"], "text") == [("text 0",)]
    assert second["next"] is None
    async with room[0].client("auditor") as auditor:
        (hidden, *_) = (await auditor.get("/v1/customers/s1/messages")).json()["items"]
        assert (hidden["text"], hidden["channel"]) == ("[personal]", "chat")


async def test_a_conversation_that_was_split_off_stays_so(
    room: tuple[Api, Floor], admin: httpx.AsyncClient, api_server: EmbeddedServer
) -> None:
    answer = await admin.post("/v1/customers/c2/split", json={"to": "c2b", "conversations": ["k2"]})
    assert answer.status_code == 200, answer.text
    await room[1].create("i8", channel="chat", conversation_id="k2", customer_id="c2")
    records = room[0].hosted.records
    assert records is not None
    async with follower_of(api_server, "", records._database, OURS) as follower:
        while await follower.step():
            pass
    theirs = (await admin.get("/v1/customers/c2b/record")).json()
    assert named(theirs["segments"], "interaction_id") == [("i8",), ("i3",), ("i2",)]
    assert (await admin.get("/v1/customers/c2/record")).json()["segments"] == []


async def test_who_may_see_what(room: tuple[Api, Floor], admin: httpx.AsyncClient) -> None:
    api, floor = room
    await put(admin, "c5/preferences/language", value="de")
    async with api.client("auditor") as auditor:
        seen = (await auditor.get("/v1/customers/c5/record")).json()
        assert named(seen["preferences"], "name", "value") == [("language", "[personal]")]
        problem(
            await auditor.put("/v1/customers/c5/owner", json={"agent_id": "x"}), 403, "forbidden"
        )
    async with api.client("anna") as anna:
        problem(await anna.get("/v1/customers/c5/record"), 404, "unknown_customer")
        await floor.create("i5", customer_id="c5", priority=100)
        await floor.agent("anna")
        assert await floor.accept("i5") == "anna"
        await api.hosted.projection.reached(
            floor.tenant.client.xinfo_stream(floor.tenant.keys.inbound)[
                "last-generated-id"
            ].decode()
        )
        mine = (await anna.get("/v1/customers/c5/record")).json()
        assert named(mine["preferences"], "value") == [("de",)]
        answer = await anna.put("/v1/customers/c5/issues/a-1", json={"title": "a leak"})
        assert answer.status_code == 200
        problem(await anna.post("/v1/customers/c5/merge", json={"into": "c1"}), 403, "forbidden")
        problem(await anna.get("/v1/customers/c1/record"), 404, "unknown_customer")


async def test_without_its_database_all_else_works(
    api_server: EmbeddedServer, room: tuple[Api, Floor], tmp_path: Path
) -> None:
    broken = Database(f"sqlite:///{tmp_path}/nowhere/record.sqlite3")
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    for database in (broken, empty):
        async with (
            hosted_with(api_server, database) as hosted,
            Api(hosted, ApiSettings()).client() as client,
        ):
            answer = await client.get("/v1/customers/c1/record")
            assert "nowhere" not in problem(answer, 503, "record_unavailable").get("detail", "")
            answer = await client.put("/v1/customers/c1/owner", json={"agent_id": "x"})
            problem(answer, 503, "record_unavailable")
            assert (await client.get("/v1/interactions")).status_code == 200
        await database.close()
    async with Api(room[0].hosted, ApiSettings()).client() as client:
        assert (await client.get("/v1/customers/c1/record")).status_code == 200


async def test_nothing_is_written_that_the_audit_does_not_take(
    room: tuple[Api, Floor], admin: httpx.AsyncClient
) -> None:
    records, tenant = room[0].hosted.records, room[1].tenant
    assert records is not None
    tenant.client.rename(tenant.keys.audit, f"{tenant.keys.audit}-aside")
    tenant.client.set(tenant.keys.audit, "no stream")
    try:
        answer = await admin.put("/v1/customers/z1/owner", json={"agent_id": "x"})
        problem(answer, 503, "store_unavailable")
    finally:
        tenant.client.rename(f"{tenant.keys.audit}-aside", tenant.keys.audit)
    async with records._database.reading() as connection:
        found = await connection.execute(text("SELECT * FROM customers WHERE customer_id = 'z1'"))
        assert found.all() == []
