"""The medium `social`: ended at every step, and as a process that is killed with real ones around
it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from adapters.media.contract import check_medium
from adapters.social.medium import Social
from tests.adapters.edge.hook import Exchange, Hook
from tests.adapters.social.kit import sms_account, social
from tests.adapters.social.payloads import AUTH_TOKEN, SID, asked_by_twilio, sms
from tests.served import Served, served

ROOT = Path(__file__).parents[3]
DEADLINE_S = 60.0
MESSAGES = 24
PEOPLE = 4


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def api_of(hook: Hook) -> str:
    return f"http://127.0.0.1:{hook.port}"


class Rig:
    """Twilio, which posts a message until it is taken, and takes what is to be sent."""

    deduplicates = False

    def __init__(self, hook: Hook, port: int) -> None:
        self.hook = hook
        self.port = port
        self.posting: list[asyncio.Task[None]] = []

    def medium(self) -> Social:
        account = sms_account(api=api_of(self.hook))
        listen = {"port": self.port, "drain_s": 0.1}
        return Social(social({"desk": account}, listen=listen, doubt="0s"))

    async def arrive(self, text: str) -> None:
        form = sms(len(self.posting), Body=text)
        self.posting.append(asyncio.create_task(self._post(form)))

    async def _post(self, form: dict[str, str]) -> None:
        asked = asked_by_twilio(form, "https://hooks.example.org/desk")
        async with httpx.AsyncClient(timeout=5.0) as http:
            while True:
                with suppress(httpx.TransportError):
                    answer = await http.post(
                        f"http://127.0.0.1:{self.port}/desk",
                        content=asked.body,
                        headers=asked.headers,
                    )
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(0.01)

    async def received(self) -> Sequence[str]:
        # one whose sender was ended in the midst of it has no body
        told = [parse_qs(each.body.decode()) for each in self.hook.asked]
        return [each["Body"][0] for each in told if each]


def accepts(exchange: Exchange) -> None:
    exchange.say({"sid": f"SM{time.monotonic_ns():032x}"}, 201)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setenv("TEST_TWILIO_TOKEN", AUTH_TOKEN)
    with Hook(accepts) as hook:
        yield hook


async def test_it_is_ended_at_every_step(tmp_path: Path, api: Hook) -> None:
    @asynccontextmanager
    async def rig() -> AsyncIterator[Rig]:
        api.asked.clear()
        one = Rig(api, free_port())
        try:
            yield one
        finally:
            for each in one.posting:
                each.cancel()
            await asyncio.gather(*one.posting, return_exceptions=True)

    assert await check_medium(rig, tmp_path) >= 12


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("social")) as found:
        yield found


class Adapter:
    """`onequeue media run social`, which may be killed and started again."""

    def __init__(self, folder: Path, house: Served, hook: Hook) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        told = {
            "account": "social",
            "state": "state",
            "api": house.url,
            "settings": {
                "public_url": "https://hooks.example.org",
                "listen": {"port": self.port},
                "doubt": "1s",
                "accounts": {"sms": sms_account(api=api_of(hook))},
            },
        }
        self._config = folder / "social.yaml"
        self._config.write_text(yaml.safe_dump(told))
        self._environment = {
            **os.environ, "ONEQUEUE_MEDIA_KEY": house.key("integration"),
            "TEST_TWILIO_TOKEN": AUTH_TOKEN, "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self._log = folder / "log"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "adapters.cli.main", "media", "run", "social"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self._config)],
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        return self.process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def taken(self, http: httpx.AsyncClient, form: dict[str, str], query: str = "") -> None:
        """Post as Twilio does, but without ever giving up."""
        asked = asked_by_twilio(form, f"https://hooks.example.org/sms{query}")
        async with asyncio.timeout(DEADLINE_S):
            while True:
                with suppress(httpx.TransportError):
                    answer = await http.post(
                        f"{self.url}/sms{query}", content=asked.body, headers=asked.headers
                    )
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(0.1)


def until(what: Callable[[], Any], why: Callable[[], str]) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (found := what()):
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
    return found


def test_as_a_process_that_is_killed(house: Served, tmp_path: Path, api: Hook) -> None:
    """Messages come while it is killed again and again: one interaction for each person, each
    message once; the answer goes out, and its receipt comes back."""
    adapter = Adapter(tmp_path, house, api)
    forms = [
        sms(number, From=f"+1415555{number % PEOPLE:04d}", Body=f"text {number}")
        for number in range(MESSAGES)
    ]
    headers = {"Authorization": f"Bearer {house.key('supervisor')}"}
    try:
        asyncio.run(_told_while_killed(adapter, forms))
        with httpx.Client(base_url=house.url, headers=headers) as client:
            _one_interaction_each(client)
            place = _conversation_of(client, forms[0])
            reply = client.post(f"/v1/conversations/{place}/messages", json={"text": "It is."})
            assert reply.status_code == 201, reply.text
            until(lambda: api.asked, lambda: adapter.log)
            _receipt_comes_back(client, adapter, place, api.asked[0])
        assert len(api.asked) == 1
    finally:
        adapter.process.send_signal(signal.SIGTERM)
        status = adapter.process.wait(DEADLINE_S)
    assert status == 0, adapter.log
    # nothing personal stands in the log
    assert not any(word in adapter.log for word in ("+1415", "text 1", "It is.", AUTH_TOKEN))


async def _told_while_killed(adapter: Adapter, forms: list[dict[str, str]]) -> None:
    async with httpx.AsyncClient(timeout=20.0) as http:
        await adapter.taken(http, forms[0])
        posting = [asyncio.create_task(adapter.taken(http, each)) for each in forms]
        for _ in range(2):
            await asyncio.wait(posting, return_when=asyncio.FIRST_COMPLETED)
            adapter.kill()
            adapter.start()
            posting = [each for each in posting if not each.done()]
            posting += [asyncio.create_task(adapter.taken(http, each)) for each in forms[:4]]
        await asyncio.gather(*posting)


async def _told_once(adapter: Adapter, form: dict[str, str], query: str) -> None:
    async with httpx.AsyncClient(timeout=20.0) as http:
        await adapter.taken(http, form, query)


def _one_interaction_each(client: httpx.Client) -> None:
    items = client.get("/v1/interactions", params={"limit": 100}).json()["items"]
    ours = [each for each in items if each["interaction_id"].startswith("sms:")]
    assert len(ours) == PEOPLE
    texts = []
    for each in ours:
        path = f"/v1/conversations/{each['conversation_id']}/messages"
        texts += [one["text"] for one in client.get(path).json()["items"]]
    assert sorted(texts) == sorted(f"text {number}" for number in range(MESSAGES))


def _conversation_of(client: httpx.Client, form: dict[str, str]) -> str:
    told = {"account": "sms", "message_id": form["MessageSid"], "channel": "chat"}
    found: str = client.post("/v1/messages", json=told).json()["conversation_id"]
    return found


def _receipt_comes_back(client: httpx.Client, adapter: Adapter, place: str, sent: Exchange) -> None:
    """Twilio calls the URL back that it was given."""
    form = {name: values[0] for name, values in parse_qs(sent.body.decode()).items()}
    assert (form["To"], form["Body"]) == ("+14155550000", "It is.")
    callback = urlsplit(form["StatusCallback"])
    told = {
        "MessageSid": "SM9", "SmsStatus": "delivered", "MessageStatus": "delivered",
        "To": form["To"], "From": form["From"], "AccountSid": SID,
    }  # fmt: skip
    asyncio.run(_told_once(adapter, told, f"?{callback.query}"))
    path = f"/v1/conversations/{place}/messages"

    def delivered() -> bool:
        last = client.get(path).json()["items"][-1]
        return last["delivery"] is not None and last["delivery"]["state"] == "delivered"

    until(delivered, lambda: adapter.log)
