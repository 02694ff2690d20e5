"""What is too long, too much, too late or not readable is refused before anything is done."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from starlette.types import Message
from structlog.testing import capture_logs

from adapters.api.app import build_app
from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings
from adapters.identity.principal import Principal
from adapters.identity.rates import Rates
from router.errors import StoreUnavailable
from tests.adapters.api.conftest import Api, problem

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_large_body_is_not_read(api: Api, client: httpx.AsyncClient) -> None:
    reads = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal reads
        while True:
            reads += 1
            yield b" " * 65_536

    headers = {"content-type": "application/json", "content-length": str(2**21)}
    told = await client.post("/v1/interactions", content=endless(), headers=headers)
    problem(told, 413, "too_large")
    assert reads <= 1

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    untold = await client.post("/v1/interactions", content=chunks(), headers=headers)
    problem(untold, 413, "too_large")


async def test_a_slow_body_is_not_waited_for(hosted: Hosted) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    async with Api(hosted, ApiSettings(body_timeout_s=0.2)).client() as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/interactions", content=dripping(), headers=headers)
        problem(answer, 408, "timeout")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/interactions/%ff", 400, "bad_request"),
        ("/v1/interactions/a%00b", 400, "bad_request"),
        ("/v1/interactions?queue=%fe", 400, "bad_request"),
        ("/v1/interactions/" + "x" * 9_000, 414, "uri_too_long"),
        ("/v1/interactions/" + "x" * 129, 422, "invalid"),
        ("/v1/interactions?limit=0", 422, "invalid"),
        ("/v1/interactions?cursor=%24", 422, "invalid"),
        ("/v1/interactions?min_position=now", 422, "invalid"),
        ("/v1/interactions?que=general", 400, "unknown_parameter"),
        ("/v1/interactions/none?state=queued", 400, "unknown_parameter"),
        ("/v1/nothing", 404, "not_found"),
        ("/v1/interactions/", 404, "not_found"),
    ],
)
async def test_a_bad_target_is_a_problem(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    problem(await client.get(path), status, code)


async def test_what_is_not_json_is_not_taken(client: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/xml", "application/json; charset=latin-1", ""):
        answer = await client.post(
            "/v1/interactions", content=b"{}", headers={"content-type": kind}
        )
        problem(answer, 415, "unsupported_media_type")
    packed = gzip.compress(b'{"channel":"chat"}')
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    problem(await client.post("/v1/interactions", content=packed, headers=headers), 415,
            "unsupported_media_type")  # fmt: skip


async def test_what_cannot_be_done_here_says_what_can(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/v1/interactions")
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}


async def test_one_credential_gets_its_rate(hosted: Hosted) -> None:
    settings = ApiSettings(requests_per_s=0.5, requests_burst=3)
    api = Api(hosted, settings)
    async with api.client() as client, api.client("gateway") as other:
        for _ in range(3):
            assert (await client.get("/v1/offers")).status_code == 200
        answer = await client.get("/v1/offers")
        problem(answer, 429, "rate_limited")
        assert 1 <= int(answer.headers["retry-after"]) <= 2
        assert (await other.get("/v1/offers")).status_code == 200


async def test_who_guesses_is_slowed_down(hosted: Hosted) -> None:
    api = Api(hosted, ApiSettings(failed_per_s=0.1, failed_burst=2))
    async with api.client("mallory") as client:
        for _ in range(2):
            problem(await client.get("/v1/offers"), 401, "unauthenticated")
        problem(await client.get("/v1/offers"), 429, "rate_limited")


async def test_who_guesses_keeps_nobody_out_who_was_let_in_before(hosted: Hosted) -> None:
    api = Api(hosted, ApiSettings(failed_per_s=0.01, failed_burst=2))
    # all of them come from one address
    async with api.client() as client, api.client("mallory") as mallory, api.client("gateway") as g:
        assert (await client.get("/v1/offers")).status_code == 200
        for _ in range(2):
            problem(await mallory.get("/v1/offers"), 401, "unauthenticated")
        problem(await mallory.get("/v1/offers"), 429, "rate_limited")
        assert (await client.get("/v1/offers")).status_code == 200
        # what has never been seen is not looked at: it may be one more guess
        problem(await g.get("/v1/offers"), 429, "rate_limited")


async def test_no_more_than_so_many_are_answered_at_once(hosted: Hosted) -> None:
    api = Api(hosted, ApiSettings(in_flight_max=2))
    async with api.client() as client:
        far = "/v1/offers?min_position=99-0"
        waiting = [asyncio.create_task(client.get(far)) for _ in range(2)]
        await asyncio.sleep(0.1)
        answer = await client.get("/v1/offers")
        problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "1"
        await asyncio.gather(*waiting)
        assert (await client.get("/v1/offers")).status_code == 200


async def test_one_tenant_does_not_take_all_the_room(hosted: Hosted) -> None:
    api = Api(hosted, ApiSettings(in_flight_each_max=1))
    async with api.client() as client, api.client("") as nobody:
        waiting = asyncio.create_task(client.get("/v1/offers?min_position=99-0"))
        await asyncio.sleep(0.1)
        problem(await client.get("/v1/offers"), 503, "busy")
        problem(await nobody.get("/v1/offers"), 401, "unauthenticated")
        await waiting
        assert (await client.get("/v1/offers")).status_code == 200


async def test_bodies_on_their_way_have_a_bound_together(hosted: Hosted) -> None:
    arrived = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"channel":' + b" " * 60_000
        await arrived.wait()
        yield b'"chat"}'

    headers = {"content-type": "application/json"}
    async with Api(hosted, ApiSettings(arriving_bytes_max=100_000)).client() as client:
        first = asyncio.create_task(
            client.post("/v1/interactions", content=slow(), headers=headers)
        )
        await asyncio.sleep(0.1)
        second = await client.post("/v1/interactions", content=b" " * 60_000, headers=headers)
        problem(second, 503, "busy")
        arrived.set()
        assert (await first).status_code == 201


async def test_a_tenants_bodies_on_their_way_leave_room_for_others(hosted: Hosted) -> None:
    headers = {"content-type": "application/json"}
    settings = ApiSettings(arriving_bytes_max=10_000_000, arriving_bytes_each_max=50_000)
    async with Api(hosted, settings).client() as client:
        answer = await client.post("/v1/interactions", content=b" " * 60_000, headers=headers)
        problem(answer, 503, "busy")


async def test_the_body_of_whom_nobody_knows_is_not_read(api: Api) -> None:
    reads = 0

    async def endless() -> Message:
        nonlocal reads
        reads += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    answered: list[Message] = []

    async def send(message: Message) -> None:
        answered.append(message)

    headers = [(b"host", b"api"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": "/v1/interactions",
        "raw_path": b"/v1/interactions",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "server": ("api", 80),
    }
    async with asyncio.timeout(60):
        await api.app(scope, endless, send)
    assert answered[0]["status"] == 401
    assert reads == 0


async def test_an_unknown_parameter_is_named_with_those_that_are_known(
    api: Api, client: httpx.AsyncClient
) -> None:
    told = problem(await client.get("/v1/offers?agent=anna&limit=1&x=1"), 400, "unknown_parameter")
    assert told["detail"] == (
        "agent, x: it knows agent_id, cursor, interaction_id, limit, min_position"
    )
    assert [fault["parameter"] for fault in told["errors"]] == ["agent", "x"]
    quick = await client.post("/v1/agents/nobody/logout?dry_run=true", json={})
    assert problem(quick, 400, "unknown_parameter")["detail"] == "dry_run: it knows none"
    async with api.client("gateway") as gateway:
        problem(await gateway.get("/v1/audit?x=1"), 403, "forbidden")


async def test_the_log_says_why_a_request_came_no_further(hosted: Hosted) -> None:
    class Away:
        async def authenticate(self, credential: str) -> Principal:
            raise StoreUnavailable("away")

    with capture_logs() as lines:
        async with Api(hosted, ApiSettings(body_bytes_max=10)).client() as client:
            too_large = await client.post("/v1/interactions", json={"channel": "x" * 20})
            await client.get("/v1/interactions/%ff")
        app = build_app({"t": hosted}, Away(), logger=structlog.get_logger())
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://api"
        ) as client:
            problem(await client.get("/v1/interactions"), 503, "store_unavailable")
    told = [line for line in lines if line["event"] == "request"]
    assert [line["code"] for line in told] == ["too_large", "bad_request", "store_unavailable"]
    assert (told[0]["tenant"], told[0]["subject"]) == ("t", "admin")
    assert told[0]["request_id"] == too_large.headers["x-request-id"]


async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient) -> None:
    kept = await client.get("/v1/nothing", headers={"X-Request-Id": "trace-1"})
    assert kept.headers["x-request-id"] == kept.json()["request_id"] == "trace-1"
    made = await client.get("/v1/nothing", headers={"X-Request-Id": "a b\t"})
    assert made.headers["x-request-id"] != "a b\t"


async def test_a_bucket_holds_its_burst_and_fills_again() -> None:
    now_s = 0.0
    rates = Rates(2.0, 3, lambda: now_s)
    assert [rates.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert rates.take("a") == pytest.approx(0.5)
    assert rates.take("b") == 0.0
    now_s = 0.5
    assert rates.take("a") == 0.0
    assert rates.wait_s("a") == pytest.approx(0.5)
