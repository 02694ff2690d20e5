"""Webhooks: asked by a signed POST, and nothing that one does wrong holds up a command."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from adapters.edge.answers import ANSWER_BYTES_MAX
from adapters.edge.asking import Asking, Outcome
from adapters.edge.breaker import Breaker
from adapters.edge.rules import SecretSource, Webhook
from adapters.edge.threads import Threads
from adapters.edge.webhook import WebhookSource
from tests.adapters.edge.hook import Exchange, Hook

INTERACTION = {"interaction_id": "call-1", "channel": "voice", "attributes": {"number": "1234"}}


class Asks(Protocol):
    def __call__(self, url: str, deadline_s: float = 5.0, **fields: Any) -> Asking: ...


@pytest.fixture
def asking() -> Iterator[Asks]:
    made: list[Asking] = []

    def make(url: str, deadline_s: float = 30.0, **fields: Any) -> Asking:
        source = WebhookSource(
            Webhook(url=url, **fields), "who", deadline_s, Threads(4), clock=lambda: 1_700_000_000.5
        )
        made.append(Asking(source, deadline_s, Breaker(1_000, 1.0)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def willing() -> Iterator[Hook]:
    with Hook(lambda exchange: exchange.say({"queue": "claims"})) as hook:
        yield hook


async def test_the_question_holds_the_interaction_and_the_rule(asking: Asks, willing: Hook) -> None:
    found = await asking(willing.url).ask(INTERACTION)
    assert found.outcome is Outcome.ANSWERED
    assert found.answer is not None
    assert found.answer.queue == "claims"
    (asked,) = willing.asked
    assert asked.question == {"v": 1, "rule": "who", "interaction": INTERACTION}
    assert asked.path == "/route?v=2"
    assert asked.headers["Content-Type"] == "application/json"
    assert "OneQueue-Signature" not in asked.headers


async def test_with_a_secret_the_question_is_signed(
    asking: Asks, willing: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("TOKEN", "Bearer abc")
    await asking(
        willing.url,
        secret=SecretSource(file=str(tmp_path / "secret")),
        headers={"Authorization": SecretSource(env="TOKEN")},
    ).ask(INTERACTION)
    (asked,) = willing.asked
    signed = hmac.new(b"s3cret", b"1700000000." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["OneQueue-Signature"] == f"t=1700000000,v1={signed}"
    assert asked.headers["Authorization"] == "Bearer abc"


async def test_a_connection_is_kept(asking: Asks, willing: Hook) -> None:
    ask = asking(willing.url)
    for _ in range(3):
        assert (await ask.ask(INTERACTION)).outcome is Outcome.ANSWERED
    assert len({asked.port for asked in willing.asked}) == 1


async def test_a_kept_connection_that_was_closed_is_no_failure(asking: Asks) -> None:
    def close_after(exchange: Exchange) -> None:
        exchange.say({})
        exchange.hang_up()

    with Hook(close_after) as hook:
        ask = asking(hook.url)
        assert (await ask.ask(INTERACTION)).outcome is Outcome.ANSWERED
        await asyncio.sleep(0.05)
        assert (await ask.ask(INTERACTION)).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (lambda e: e.say({}, 500), Outcome.FAILED, "status 500"),
        (lambda e: e.say({}, 404), Outcome.FAILED, "status 404"),
        (lambda e: e.say({}, 201), Outcome.FAILED, "status 201"),
        (lambda e: e.raw(b"", 302, Location="http://localhost/"), Outcome.FAILED, "status 302"),
        (lambda e: e.hang_up(), Outcome.FAILED, "RemoteDisconnected"),
        (lambda e: e.raw(b"<html>"), Outcome.WRONG, "not readable as JSON"),
        (lambda e: e.raw(b"\xff"), Outcome.WRONG, "not readable as JSON"),
        (lambda e: e.say([]), Outcome.WRONG, "Expected `object`, got `array`"),
        (lambda e: e.say({"priority": 101}), Outcome.WRONG, "Expected `int` <= 100"),
        (lambda e: e.say({"interaction_id": "x"}), Outcome.WRONG, "unknown field"),
        (lambda e: e.raw(b" " * (ANSWER_BYTES_MAX + 1)), Outcome.WRONG, "more than 65,536 bytes"),
    ],
)
async def test_what_is_no_answer(
    asking: Asks, answer: Callable[[Exchange], None], outcome: Outcome, reason: str
) -> None:
    with Hook(answer) as hook:
        found = await asking(hook.url).ask(INTERACTION)
    assert found.outcome is outcome
    assert reason in found.reason


@pytest.mark.parametrize("answer", [lambda e: e.raw(b"", 204), lambda e: e.raw(b"")])
async def test_nothing_may_be_answered(asking: Asks, answer: Callable[[Exchange], None]) -> None:
    with Hook(answer) as hook:
        assert (await asking(hook.url).ask(INTERACTION)).outcome is Outcome.ANSWERED


async def test_nobody_listens(asking: Asks, unused_tcp_port: int) -> None:
    found = await asking(f"http://127.0.0.1:{unused_tcp_port}/").ask(INTERACTION)
    assert (found.outcome, found.reason) == (Outcome.FAILED, "ConnectionRefusedError")


async def test_silence_ends_at_the_deadline(asking: Asks) -> None:
    with Hook(lambda exchange: hook.released.wait()) as hook:
        begin_s = time.monotonic()
        found = await asking(hook.url, deadline_s=0.1).ask(INTERACTION)
        assert found.outcome is Outcome.LATE
        assert time.monotonic() - begin_s < 30.0


async def test_one_byte_now_and_then_ends_at_the_deadline_too(asking: Asks) -> None:
    sent: list[int] = []

    def pause() -> None:
        sent.append(1)
        time.sleep(0.02)

    with Hook(lambda exchange: exchange.drip(b"{}" + b" " * 1_000, pause)) as hook:
        found = await asking(hook.url, deadline_s=1.0).ask(INTERACTION)
        assert found.outcome is Outcome.LATE
        assert 2 < len(sent) < 200
        seen = -1
        while seen != len(sent):  # the connection was cut, so it ends long before the last byte
            seen = len(sent)
            await asyncio.sleep(0.1)
        assert len(sent) < 500


async def test_a_second_try_where_the_rule_allows_it(asking: Asks) -> None:
    def recover(exchange: Exchange) -> None:
        exchange.say({}, 503 if len(hook.asked) == 1 else 200)

    with Hook(recover) as hook:
        assert (await asking(hook.url, retries=1).ask(INTERACTION)).outcome is Outcome.ANSWERED
        assert len(hook.asked) == 2


async def test_a_refusal_is_not_tried_again(asking: Asks) -> None:
    with Hook(lambda exchange: exchange.say({}, 403)) as hook:
        assert (await asking(hook.url, retries=1).ask(INTERACTION)).outcome is Outcome.FAILED
        assert len(hook.asked) == 1


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody has signed but itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on the PATH")
    path = tmp_path / "localhost.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(path), "-out", str(tmp_path / "only.pem")]
    subprocess.run([*command.split(), *subject, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "only.pem").read_text())
    return path


async def test_certificates_are_verified(
    asking: Asks, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Hook(lambda exchange: exchange.say({"priority": 3}), tls) as hook:
        found = await asking(hook.url).ask(INTERACTION)
        assert found.outcome is Outcome.FAILED
        assert found.reason.startswith("certificate: self-signed")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        found = await asking(hook.url).ask(INTERACTION)
        assert found.outcome is Outcome.ANSWERED
        assert (await asking(hook.url.replace("localhost", "127.0.0.1")).ask(INTERACTION)).reason
