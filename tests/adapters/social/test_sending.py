"""Sending, against a server that answers as the providers document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import structlog

from adapters.client.message_models import Address, DialogueMessage
from adapters.edge.rules import SecretSource
from adapters.edge.secrets import SecretError
from adapters.media.checkpoint import CheckpointFile
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.social.accounts import Account, Standing, provider_of
from adapters.social.memory import Attempt, Memory
from adapters.social.sending import Outbox, Patience
from adapters.social.settings import GenericSettings
from adapters.webhooks.signing import new_secret
from adapters.webhooks.verifying import verify
from tests.adapters.edge.hook import Exchange, Hook
from tests.adapters.social.kit import reply, settings, sms_account

DEADLINE_S = 30.0
HOUR_MS = 3_600_000


class Office:
    """An account that sends, and its provider's API; ``answer`` says what that answers."""

    def __init__(self, folder: Path, api: Hook, told: dict[str, Any]) -> None:
        self.api = api
        self.folder = folder
        self.notebook = Notebook()
        self.desk = NotebookDesk(self.notebook, CheckpointFile(folder / "c.json"), -1)
        self.memory = Memory(folder)
        account = settings(**told)
        url = "https://hooks.example.org/sms"
        self.account = Account("desk", account, provider_of(account, url), self.desk, url)
        self.patience = Patience(HOUR_MS, HOUR_MS, locked_out_s=0.05)

    @asynccontextmanager
    async def working(self, *messages: DialogueMessage) -> Any:
        for message in messages:
            self.notebook.unsent[message.message_id] = message
        async with httpx.AsyncClient(timeout=1.0) as http:
            outbox = Outbox(
                self.account, self.memory, http, self.patience, self.desk.stop, Standing(self.desk),
                structlog.get_logger(),
            )  # fmt: skip
            running = asyncio.create_task(outbox.run())
            yield
            self.desk.stop.set()
            await running
        self.memory._database.close()

    async def until(self, what: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not what():
            assert time.monotonic() < deadline, self.notebook.reports
            await asyncio.sleep(0.005)

    async def until_reported(self, count: int = 1) -> list[tuple[str, str]]:
        await self.until(lambda: len(self.notebook.reports) >= count)
        return self.notebook.reports

    def memory_of(self, message_id: str) -> Attempt | None:
        with Memory(self.folder) as memory:
            return memory.attempt("desk", message_id)

    @property
    def texts(self) -> list[str]:
        return [parse_qs(each.body.decode())["Body"][0] for each in self.api.asked]


def said(text: str = "hello", name: str = "m-1", **more: Any) -> DialogueMessage:
    return reply(text, message_id=name, **{"at_ms": int(time.time() * 1_000), **more})


def where(api: Hook) -> str:
    return f"http://127.0.0.1:{api.port}"


def accepts(exchange: Exchange) -> None:
    exchange.say({"sid": f"SM{len(exchange.body)}", "status": "queued"}, 201)


def in_turn(*answers: Callable[[Exchange], object]) -> Callable[[Exchange], object]:
    left = list(answers)

    def answer(exchange: Exchange) -> object:
        return (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setenv("TEST_TWILIO_TOKEN", "12345")
    with Hook(accepts) as hook:
        yield hook


def twilio_office(folder: Path, api: Hook, **more: Any) -> Office:
    return Office(folder, api, sms_account(api=where(api), **more))


async def test_what_is_sent_is_sent_once(tmp_path: Path, api: Hook) -> None:
    office = twilio_office(tmp_path, api)
    told = [said(f"text {n}", f"m-{n}", conversation_id=f"c-{n % 3}") for n in range(12)]
    async with office.working(*told):
        await office.until_reported(12)
    assert sorted(office.texts) == sorted(f"text {n}" for n in range(12))
    for conversation in range(3):
        ours = [t for t in office.texts if int(t.split()[1]) % 3 == conversation]
        assert ours == sorted(ours, key=lambda text: int(text.split()[1]))
    assert {state for _, state in office.notebook.reports} == {"sent"}


async def test_a_rate_limit_is_waited_out(tmp_path: Path, api: Hook) -> None:
    limit = {"Retry-After": "1"}
    api.answer = in_turn(lambda e: e.say({"code": 20429}, 429, **limit), accepts)
    office, began_s = twilio_office(tmp_path, api), time.monotonic()
    async with office.working(said()):
        assert await office.until_reported() == [("m-1", "sent")]
    assert time.monotonic() - began_s >= 1.0
    assert len(api.asked) == 2


async def test_one_that_has_to_wait_holds_up_its_own_conversation_alone(
    tmp_path: Path, api: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.social.sending.HELD_MAX", 6)

    def answer(exchange: Exchange) -> None:
        busy = b"To=%2B1555" in exchange.body
        exchange.say({"code": 20500}, 500) if busy else accepts(exchange)

    api.answer = answer
    office = twilio_office(tmp_path, api)
    there = (Address(medium="phone", address="+1555"),)
    stuck = [said("a", f"s-{n}", conversation_id="c-s", recipients=there) for n in range(3)]
    others = [said("b", f"m-{n}", conversation_id=f"c-{n}") for n in range(20)]
    async with office.working(*stuck, *others):
        await office.until_reported(20)
        assert {name for name, _ in office.notebook.reports} == {f"m-{n}" for n in range(20)}
    # in its order: nothing else of the conversation was tried
    assert not any(office.memory_of(f"s-{n}") for n in (1, 2))


async def test_what_can_never_be_sent_has_failed(tmp_path: Path, api: Hook) -> None:
    api.answer = lambda e: e.say({"code": 21211, "message": "no such number"}, 400)
    office = twilio_office(tmp_path, api)
    async with office.working(said(), said("x" * 2_000, "m-2")):
        assert sorted(await office.until_reported(2)) == [("m-1", "failed"), ("m-2", "failed")]
    assert len(api.asked) == 1


async def test_a_token_that_is_mended_is_read_again(
    tmp_path: Path, api: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(exchange: Exchange) -> None:
        was_ready.append(office.desk.is_connected)
        monkeypatch.setenv("TEST_TWILIO_TOKEN", "rotated")
        exchange.say({"code": 20003}, 401)

    def mended(exchange: Exchange) -> None:
        was_ready.append(office.desk.is_connected)
        accepts(exchange)

    was_ready: list[bool] = []
    api.answer = in_turn(locked, mended)
    office = twilio_office(tmp_path, api)
    office.desk.connected()
    async with office.working(said()):
        await office.until_reported()
    assert (was_ready, office.desk.is_connected) == ([True, False], True)
    first, second = (each.headers["Authorization"] for each in api.asked)
    assert first != second
    assert office.notebook.reports == [("m-1", "sent")]


async def test_after_a_time_it_is_given_up(tmp_path: Path, api: Hook) -> None:
    api.answer = lambda e: e.say({}, 503)
    office = twilio_office(tmp_path, api)
    async with office.working(said(at_ms=int(time.time() * 1_000) - HOUR_MS - 1)):
        assert await office.until_reported() == [("m-1", "failed")]


async def test_one_that_may_have_been_sent_waits_for_its_receipt(tmp_path: Path, api: Hook) -> None:
    api.answer = lambda e: e.hang_up()
    office = twilio_office(tmp_path, api)
    async with office.working(said()):
        await office.until(lambda: office.memory.attempt("desk", "m-1"))
        await office.until(lambda: len(api.asked) == 1)
        await asyncio.sleep(0.05)
    found = Memory(tmp_path)
    attempt = found.attempt("desk", "m-1")
    assert attempt is not None
    assert attempt.is_posting
    found._database.close()
    assert office.notebook.reports == []
    assert len(api.asked) == 1


@pytest.mark.parametrize(("in_doubt", "state"), [("send", "sent"), ("fail", "failed")])
async def test_what_becomes_of_it_then(
    tmp_path: Path, api: Hook, in_doubt: str, state: str
) -> None:
    office = twilio_office(tmp_path, api, in_doubt=in_doubt)
    office.memory.note("desk", "m-1", Attempt(1, is_posting=True))
    async with office.working(said()):
        assert await office.until_reported() == [("m-1", state)]
    assert len(api.asked) == (1 if state == "sent" else 0)


async def test_who_was_killed_before_the_report_reports_alone(tmp_path: Path, api: Hook) -> None:
    office = twilio_office(tmp_path, api)
    office.memory.note("desk", "m-1", Attempt(1, parts_sent=1, provider_id="SM1"))
    async with office.working(said()):
        assert await office.until_reported() == [("m-1", "sent")]
    assert not api.asked


async def test_parts_that_were_sent_are_not_sent_again(
    tmp_path: Path, api: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_META", "secret")
    secret = {"env": "TEST_META"}
    told = {"provider": "whatsapp", "phone_number_id": "7", "app_secret": secret,
            "verify_token": secret, "access_token": secret, "api": where(api)}  # fmt: skip
    api.answer = in_turn(
        lambda e: e.say({"messages": [{"id": "wamid.1"}]}),
        lambda e: e.say({"error": {"code": 131056}}, 400),
        lambda e: e.say({"messages": [{"id": "wamid.2"}]}),
    )
    office = Office(tmp_path, api, told)
    message = reply("see", "image/png", "image/png", message_id="m-1",
                    at_ms=int(time.time() * 1_000))  # fmt: skip
    async with office.working(message):
        assert await office.until_reported() == [("m-1", "sent")]
    links = [each.question["image"]["link"][-1] for each in api.asked]
    assert links == ["0", "1", "1"]


async def test_whom_a_repeat_does_not_double_is_asked_again_at_once(
    tmp_path: Path, api: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = new_secret()
    monkeypatch.setenv("TEST_GENERIC", secret)
    api.answer = in_turn(lambda e: e.hang_up(), lambda e: e.say({"provider_id": "p-1"}))
    told = {"provider": "generic", "secret": {"env": "TEST_GENERIC"}, "url": where(api)}
    office = Office(tmp_path, api, told)
    async with office.working(said()):
        assert await office.until_reported() == [("m-1", "sent")]
    assert {verify(secret, each.headers, each.body) for each in api.asked} == {"m-1"}
    assert len(api.asked) == 2


@pytest.mark.parametrize("secret", ["geheim", "whsec_geheim", "whsec_AAAA"])
def test_a_secret_that_signs_nothing_is_refused_at_the_start(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK", secret)
    account = GenericSettings(provider="generic", channel="chat", secret=SecretSource(env="KIOSK"))
    with pytest.raises(SecretError, match="KIOSK: a secret is whsec_ and 24 to 64 bytes") as told:
        provider_of(account, "https://hooks.example.org/kiosk")
    assert "geheim" not in str(told.value)
