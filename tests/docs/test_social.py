"""docs/social.md: its file is valid, its tables name every field, its example is taken; and its
process is killed among messages."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from adapters.media.document import load_adapter
from adapters.media.listening import Listening
from adapters.social import settings
from adapters.social.generic import Generic
from adapters.social.items import Asked
from adapters.social.medium import Social
from adapters.webhooks.signing import new_secret
from tests.adapters.edge.hook import Exchange, Hook
from tests.adapters.social.kit import free_port, sms_account
from tests.adapters.social.kit import settings as account
from tests.adapters.social.payloads import AUTH_TOKEN, SID, asked_by_twilio, sms
from tests.docs.floor import Floor

ROOT = Path(__file__).parents[2]

PAGE = (Path(__file__).parents[2] / "docs" / "social.md").read_text(encoding="utf-8")


DEADLINE_S = 60.0
MESSAGES = 24
PEOPLE = 4


def test_the_file_is_valid(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "social.yaml").write_text(text)
    file = load_adapter(tmp_path / "social.yaml", Social)
    assert {each.provider for each in file.settings.accounts.values()} == {
        "twilio", "whatsapp", "messenger", "instagram", "x", "generic",
    }  # fmt: skip


def test_the_generic_example_is_taken() -> None:
    (body,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    told = account("generic", secret={"env": "X"})
    items = Generic(told, new_secret()).read(Asked("", {}, body.encode(), 0.0))
    assert [type(item).__name__ for item in items] == ["Incoming", "Receipt"]


@pytest.mark.parametrize(
    "model",
    [
        settings.SocialSettings,
        settings.TwilioSettings,
        settings.WhatsAppSettings,
        settings.MessengerSettings,
        settings.InstagramSettings,
        settings.XSettings,
        settings.GenericSettings,
        Listening,
    ],
)
def test_the_page_names_every_setting(model: type[settings.SocialSettings]) -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert not set(model.model_fields) - named


@pytest.fixture
def api() -> Iterator[Hook]:
    """Twilio's API."""

    def accepts(exchange: Exchange) -> None:
        exchange.say({"sid": f"SM{time.monotonic_ns():032x}"}, 201)

    with Hook(accepts) as hook:
        yield hook


class Adapter:
    """`onequeue media run social`, which may be killed and started again."""

    def __init__(self, folder: Path, floor: Floor, hook: Hook) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        told = {
            "account": "social",
            "state": "state",
            "api": floor.url,
            "settings": {
                "public_url": "https://hooks.example.org",
                "listen": {"port": self.port},
                "doubt": "1s",
                "accounts": {"sms-1": sms_account(api=f"http://127.0.0.1:{hook.port}")},
            },
        }
        self._config = folder / "social.yaml"
        self._config.write_text(yaml.safe_dump(told))
        self._environment = {
            **os.environ, "ONEQUEUE_MEDIA_KEY": floor.supervisor,
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
        asked = asked_by_twilio(form, f"https://hooks.example.org/sms-1{query}")
        async with asyncio.timeout(DEADLINE_S):
            while True:
                with suppress(httpx.TransportError):
                    answer = await http.post(
                        f"{self.url}/sms-1{query}", content=asked.body, headers=asked.headers
                    )
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(0.5)


def until(what: Callable[[], Any], why: Callable[[], str]) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (found := what()):
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
    return found


def test_as_a_process_that_is_killed(floor: Floor, tmp_path: Path, api: Hook) -> None:
    """Messages come while it is killed: one interaction for each person, each
    message once; the answer goes out, and its receipt comes back."""
    adapter = Adapter(tmp_path, floor, api)
    forms = [
        sms(number, From=f"+1415555{number % PEOPLE:04d}", Body=f"text {number}")
        for number in range(MESSAGES)
    ]
    headers = {"Authorization": f"Bearer {floor.supervisor}"}
    try:
        asyncio.run(_told_while_killed(adapter, forms))
        with httpx.Client(base_url=floor.url, headers=headers) as client:
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
    async with httpx.AsyncClient(timeout=20.0, verify=False) as http:
        await adapter.taken(http, forms[0])
        posting = [asyncio.create_task(adapter.taken(http, each)) for each in forms]
        await asyncio.wait(posting, return_when=asyncio.FIRST_COMPLETED)
        adapter.kill()
        adapter.start()
        # what was taken comes again, too: Twilio had perhaps not heard of it
        await asyncio.gather(*posting, *(adapter.taken(http, each) for each in forms[:4]))


async def _told_once(adapter: Adapter, form: dict[str, str], query: str) -> None:
    async with httpx.AsyncClient(timeout=20.0, verify=False) as http:
        await adapter.taken(http, form, query)


def _one_interaction_each(client: httpx.Client) -> None:
    items = client.get("/v1/interactions", params={"limit": 100}).json()["items"]
    ours = [each for each in items if each["interaction_id"].startswith("sms-1:")]
    assert len(ours) == PEOPLE
    texts = []
    for each in ours:
        path = f"/v1/conversations/{each['conversation_id']}/messages"
        texts += [one["text"] for one in client.get(path).json()["items"]]
    assert sorted(texts) == sorted(f"text {number}" for number in range(MESSAGES))


def _conversation_of(client: httpx.Client, form: dict[str, str]) -> str:
    told = {"account": "sms-1", "message_id": form["MessageSid"], "channel": "chat"}
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
