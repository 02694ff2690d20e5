"""Guards: whose pages may change something, how much is taken, what browsers are told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from adapters.console.app import build_console
from adapters.console.guarding import CONTENT_SECURITY_POLICY
from adapters.console.settings import ConsoleSettings

OURS = {"Origin": "http://console"}


def client(settings: ConsoleSettings) -> httpx.AsyncClient:
    app = build_console(settings)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")


@pytest_asyncio.fixture
async def console() -> AsyncIterator[httpx.AsyncClient]:
    async with client(ConsoleSettings(api="http://127.0.0.1:1", body_bytes_max=1_000)) as found:
        yield found


@pytest.mark.parametrize(
    ("headers", "is_let"),
    [
        ({}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://console.evil.example"}, False),
        (OURS | {"Sec-Fetch-Site": "same-site"}, False),
        (OURS | {"Sec-Fetch-Site": "same-origin"}, True),
        (OURS, True),
    ],
)
async def test_changes_come_from_our_own_pages(
    console: httpx.AsyncClient, headers: dict[str, str], is_let: bool
) -> None:
    answer = await console.post("/theme", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == (303 if is_let else 403)
    assert ("theme=dark" in answer.headers.get("set-cookie", "")) == is_let


async def test_who_names_no_host_is_no_page_of_ours(console: httpx.AsyncClient) -> None:
    answer = await console.post("/theme", headers={"Origin": "null", "Host": ""})
    assert answer.status_code == 403


async def test_behind_a_proxy_the_public_name_counts() -> None:
    behind = ConsoleSettings(api="http://127.0.0.1:1", public_url="https://floor.example.com")
    async with client(behind) as console:
        ours = {"Origin": "https://floor.example.com"}
        assert (await console.post("/theme", headers=ours)).status_code == 303
        assert (await console.post("/theme", headers=OURS)).status_code == 403
        spelt_out = {"Origin": "https://floor.example.com:443"}
        assert (await console.post("/theme", headers=spelt_out)).status_code == 303
        in_the_clear = {"Origin": "http://floor.example.com"}
        assert (await console.post("/theme", headers=in_the_clear)).status_code == 403
        answer = await console.get("/login")
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_every_answer_says_what_may_be_loaded(console: httpx.AsyncClient) -> None:
    for path in ("/login", "/nowhere", "/queues", "/healthz", "/static/console.css"):
        answer = await console.get(path)
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in CONTENT_SECURITY_POLICY
        assert answer.headers["x-frame-options"] == "DENY"
        is_file = path.startswith("/static")
        assert ("no-store" in answer.headers["cache-control"]) != is_file


async def test_too_much_is_refused(console: httpx.AsyncClient) -> None:
    answer = await console.post("/theme", data={"theme": "x" * 2_000}, headers=OURS)
    assert answer.status_code == 413


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
async def test_nobody_is_led_away(console: httpx.AsyncClient, back: str) -> None:
    answer = await console.post("/theme", data={"back": back}, headers=OURS)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("path", ["/queues/%ff", "/queues/%00", "/queues/a%1fb"])
async def test_what_is_no_text_is_no_address(console: httpx.AsyncClient, path: str) -> None:
    assert (await console.get(path)).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd"],
)
async def test_only_files_of_the_folder_are_served(console: httpx.AsyncClient, path: str) -> None:
    answer = await console.get(path)
    assert answer.status_code == 404
    assert "build_console" not in answer.text


@pytest.mark.parametrize(
    ("site", "is_own_way"),
    [
        ("none", True),
        ("same-origin", True),
        ("cross-site", False),
        ("same-site", False),
        ("", False),
    ],
)
async def test_a_page_of_somebody_else_logs_nobody_in(
    console: httpx.AsyncClient, site: str, is_own_way: bool
) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    answer = await console.get("/login", headers=headers)
    assert ("data-own-way" in answer.text) == is_own_way


async def test_a_page_that_is_not_there_leads_nowhere_else(console: httpx.AsyncClient) -> None:
    answer = await console.get(httpx.URL("http://console").copy_with(raw_path=b"//evil.example/x"))
    assert answer.status_code == 404
    assert 'href="/">Try again' in answer.text
    assert 'href="//' not in answer.text


async def test_an_api_that_is_not_there_is_told(console: httpx.AsyncClient) -> None:
    answer = await console.post("/login", data={"key": "oq_a_b_c"}, headers=OURS)
    assert answer.status_code == 502
    assert "The API cannot be reached" in answer.text
    assert 'href="/">Try again' in answer.text
    came = OURS | {"Referer": "http://console/login?next=%2Fqueues"}
    answer = await console.post("/login?next=%2Fqueues", data={"key": "oq_a_b_c"}, headers=came)
    assert 'href="/login?next=%2Fqueues">Try again' in answer.text
    assert (await console.get("/readyz")).status_code == 503
    assert (await console.get("/healthz")).status_code == 200


async def test_who_is_not_logged_in_comes_back_to_where_they_were(
    console: httpx.AsyncClient,
) -> None:
    answer = await console.get("/queues?sort=queue")
    assert answer.headers["location"] == "/login?next=%2Fqueues%3Fsort%3Dqueue"
    live = {"HX-Request": "true", "HX-Current-URL": "http://console/queues?sort=queue"}
    answer = await console.get("/queues", headers=live)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/login?next=%2Fqueues%3Fsort%3Dqueue"
