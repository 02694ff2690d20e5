"""One post to a real receiver, which answers well or in every wrong way."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from adapters.webhooks.destinations import Destinations
from adapters.webhooks.posting import Outcome, Poster, Result
from tests.adapters.edge.hook import Exchange, Hook

LOCAL = Destinations(loopback=True)


@asynccontextmanager
async def posting(
    url: str, destinations: Destinations = LOCAL, timeout_s: float = 5.0
) -> AsyncIterator[Poster]:
    poster = Poster(url, destinations, timeout_s, 2)
    yield poster
    await poster.close()


async def posted(answer: Callable[[Exchange], object], timeout_s: float = 5.0) -> Outcome:
    with Hook(answer) as hook:
        async with posting(hook.url, timeout_s=timeout_s) as poster:
            return await poster.post(b"{}", {})


async def test_a_post_that_is_taken_and_the_connection_kept() -> None:
    with Hook(lambda exchange: exchange.say("ok", 202)) as hook:
        async with posting(hook.url) as poster:
            for _ in range(3):
                outcome = await poster.post(b'{"a":1}', {"webhook-id": "x"})
                assert outcome == (Result.DELIVERED, 202, "", 0.0)
        asked = hook.asked
    assert {exchange.body for exchange in asked} == {b'{"a":1}'}
    assert len({exchange.port for exchange in asked}) == 1
    assert asked[0].path == "/route?v=2"
    sent = {name.lower(): value for name, value in asked[0].headers.items()}
    assert sent["host"] == f"localhost:{hook.port}"
    assert sent["webhook-id"] == "x"
    assert sent["user-agent"] == "onequeue-webhooks"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
async def test_what_is_not_taken(status: int) -> None:
    outcome = await posted(lambda exchange: exchange.raw(b"", status, Location="http://127.0.0.1/"))
    assert outcome == (Result.FAILED, status, f"status {status}", 0.0)


async def test_gone_is_gone() -> None:
    assert (await posted(lambda exchange: exchange.raw(b"", 410))).result is Result.GONE


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("0", 0, 0), ("-1", 0, 0), ("soon", 0, 0), ("9" * 400, 1e8, 1e9),
     (formatdate(time.time() + 3_000, usegmt=True), 1_000, 3_000),
     (formatdate(1.0, usegmt=True), 0, 0),
     ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 0, 0)],
    ids=range(8),
)  # fmt: skip
async def test_how_long_to_wait(header: str, low: float, high: float) -> None:
    outcome = await posted(lambda exchange: exchange.raw(b"", 503, **{"Retry-After": header}))
    assert low <= outcome.retry_after_s <= high


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    def drip(exchange: Exchange) -> None:
        exchange.drip(b"x" * 100_000, lambda: None)

    assert (await posted(drip)).result is Result.DELIVERED


async def test_a_silent_receiver_and_one_that_drips() -> None:
    outcome = await posted(lambda exchange: time.sleep(0.5), timeout_s=0.2)
    assert outcome == (Result.FAILED, 0, "no answer within 0.2 s", 0.0)
    outcome = await posted(lambda e: e.drip(b"x" * 100, lambda: time.sleep(0.1)), timeout_s=0.3)
    assert outcome.reason == "no answer within 0.3 s"


async def test_a_connection_that_breaks() -> None:
    outcome = await posted(lambda exchange: exchange.hang_up())
    assert outcome.result is Result.FAILED
    assert outcome.reason == "no HTTP, or the connection was closed"


async def test_nobody_there(unused_tcp_port: int) -> None:
    async with posting(f"http://127.0.0.1:{unused_tcp_port}/") as poster:
        assert (await poster.post(b"", {})).reason == "cannot connect"
    async with posting("https://nobody.invalid/") as poster:
        assert (await poster.post(b"", {})).reason == "nobody knows its host"


@pytest.mark.parametrize("host", ["a..b", ".example.com", "a" * 64 + ".example.com", "xn--a"])
async def test_a_host_that_is_no_name(host: str) -> None:
    async with posting(f"https://{host}/") as poster:
        outcome = await poster.post(b"{}", {})
    assert (outcome.result, outcome.status) == (Result.FAILED, 0)


async def test_a_host_that_leads_inside() -> None:
    with Hook(lambda exchange: exchange.say("ok")) as hook:
        async with posting(hook.url, Destinations()) as poster:
            outcome = await poster.post(b"{}", {})
    assert outcome.result is Result.FAILED
    assert "not public" in outcome.reason
    assert hook.asked == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody has signed but itself, and its key."""
    both = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", both, "-out", tmp_path / "certificate.pem", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_text(both.read_text() + (tmp_path / "certificate.pem").read_text())
    return both


async def test_certificates_are_verified_by_the_name_though_an_address_is_called(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Hook(lambda exchange: exchange.say("ok"), tls) as hook:
        async with posting(hook.url) as poster:
            assert (await poster.post(b"{}", {})).reason.startswith("certificate: self")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with posting(hook.url) as poster:
            assert (await poster.post(b"{}", {})).result is Result.DELIVERED
        async with posting(hook.url.replace("localhost", "127.0.0.1")) as poster:
            assert "IP address mismatch" in (await poster.post(b"{}", {})).reason
