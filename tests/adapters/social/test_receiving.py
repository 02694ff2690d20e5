"""The server of webhooks: who is let in, what is answered when, and which conversation it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Unpack

import httpx
import pytest
import structlog

from adapters.client.message_models import Said
from adapters.media.checkpoint import CheckpointFile
from adapters.media.message import Address
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import Heard, MessageRefused
from adapters.social.accounts import Account, person_of
from adapters.social.calls import Provider
from adapters.social.generic import Generic
from adapters.social.memory import Memory
from adapters.social.receiving import hooks_app
from adapters.webhooks.signing import new_secret, signed_headers
from tests.adapters.social.kit import messenger, settings, sms_account, twilio, wa, x
from tests.adapters.social.payloads import (
    asked_by_meta,
    asked_by_twilio,
    body_of,
    event,
    page,
    sms,
    whatsapp,
    whatsapp_text,
)

DAY_S = 86_400
SECRET = new_secret()
BASE = "https://hooks.example.org"


class Desk(NotebookDesk):
    """Writes down, unless it is to refuse or to take long."""

    refuses = ""
    is_slow = False

    async def said(self, **message: Unpack[Heard]) -> Said:
        if self.is_slow:
            await asyncio.Event().wait()
        if self.refuses and self.refuses in message.get("text", ""):
            raise MessageRefused("overflow", "the queue is full")
        said = await super().said(**message)
        place = message.get("conversation_id") or f"of {message['message_id']}"
        return Said(
            message_id=said.message_id, conversation_id=place,
            interaction_id="i", is_new=True, repeated=said.repeated,
        )  # fmt: skip


class House:
    """A server with an account of each kind."""

    def __init__(self, folder: Path) -> None:
        self.notebook = Notebook()
        self.desk = Desk(self.notebook, CheckpointFile(folder / "c.json"), -1)
        self.memory = Memory(folder)
        generic = settings("generic", secret={"env": "X"})
        said = {"session": "24h", "interaction": {"queue": "general"}}
        self.accounts = [
            self.account("sms", settings(**sms_account(**said)), twilio()),
            self.account("wa", settings("whatsapp", **_META, phone_number_id="1"), wa()),
            self.account("page", settings("messenger", **_META, page_id="1"), messenger()),
            self.account("x", settings("x", **_X), x()),
            self.account("other", generic, Generic(generic, SECRET)),
        ]
        app = hooks_app(self.accounts, self.memory, structlog.get_logger(), 0.2)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    def account(self, name: str, told: Any, provider: Provider) -> Account:
        return Account(name, told, provider, self.desk, f"{BASE}/{name}")

    async def sms(self, form: dict[str, str]) -> httpx.Response:
        asked = asked_by_twilio(form, f"{BASE}/sms")
        return await self.http.post("/sms", content=asked.body, headers=asked.headers)

    async def meta(self, path: str, payload: Any) -> httpx.Response:
        asked = asked_by_meta(payload)
        return await self.http.post(path, content=asked.body, headers=asked.headers)

    async def generic(self, payload: Any, at_s: float | None = None) -> httpx.Response:
        body = body_of(payload)
        headers = signed_headers("w-1", int(at_s or time.time()), body, [SECRET])
        return await self.http.post("/other", content=body, headers=headers)


_ENV = {"env": "X"}
_META = {"app_secret": _ENV, "verify_token": _ENV, "access_token": _ENV}
_X = {"user_id": "123", "consumer_secret": _ENV, "access_token": _ENV}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.http.aclose()
    house.memory._database.close()


def now_text(ago_s: float = 0) -> str:
    return str(int(time.time() - ago_s))


async def test_a_message_is_handed_in_whole(house: House) -> None:
    answer = await house.sms(sms())
    assert answer.status_code == 200
    (heard,) = house.notebook.heard.values()
    assert heard["channel"] == "chat"
    assert heard["sender"] == {"medium": "phone", "address": "+14155552671", "name": ""}
    assert heard["interaction"] == {"queue": "general"}
    assert abs(heard["at_ms"] - time.time() * 1_000) < 60_000
    assert heard["conversation_id"].startswith("s-")


async def test_who_has_not_signed_is_refused(house: House) -> None:
    for path in ("/sms", "/wa", "/page", "/x", "/other"):
        answer = await house.http.post(path, content=b"{}")
        assert (answer.status_code, answer.text) == (403, "no")
        assert (await house.http.get(path)).status_code == 403
    assert (await house.http.post("/nowhere", content=b"{}")).status_code == 404
    assert not house.notebook.heard


async def test_a_recorded_webhook_is_not_taken_later(house: House) -> None:
    told = {"messages": [{"message_id": "1", "sender": {"medium": "m", "address": "a"}}]}
    assert (await house.generic(told, time.time() - 301)).status_code == 403
    assert (await house.generic(told, time.time() + 301)).status_code == 403
    ancient = whatsapp(whatsapp_text(timestamp=now_text(29 * DAY_S)))
    assert (await house.meta("/wa", ancient)).status_code == 200
    assert not house.notebook.heard
    assert (await house.generic(told)).status_code == 200
    assert list(house.notebook.heard) == ["1"]


async def test_a_batch_of_which_one_is_refused_comes_again(house: House) -> None:
    house.desk.refuses = "second"
    texts = [
        whatsapp_text(n, text={"body": text}, timestamp=now_text())
        for n, text in enumerate(["first", "second", "third"])
    ]
    answer = await house.meta("/wa", whatsapp(*texts))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [one["text"] for one in house.notebook.heard.values()] == ["first", "third"]
    house.desk.refuses = ""
    assert (await house.meta("/wa", whatsapp(*texts))).status_code == 200
    assert [one["text"] for one in house.notebook.heard.values()] == ["first", "third", "second"]


async def test_undecided_in_time_is_to_come_again(house: House) -> None:
    house.desk.is_slow = True
    assert (await house.sms(sms())).status_code == 503
    house.desk.is_slow = False
    assert (await house.sms(sms())).status_code == 200


async def test_what_is_not_as_documented(house: House) -> None:
    assert (await house.meta("/wa", b"[]")).status_code == 400


async def test_meta_looks_who_is_there(house: House) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "look-who-is-there"}
    found = await house.http.get("/wa", params={**query, "hub.challenge": "115"})
    assert (found.status_code, found.text) == (200, "115")
    found = await house.http.get("/x", params={"crc_token": "t"})
    assert found.json()["response_token"].startswith("sha256=")


async def test_a_session_goes_on_until_a_silence(house: House) -> None:
    for number, ago_s in enumerate((3 * DAY_S, 2.5 * DAY_S, 2 * DAY_S, 0.5 * DAY_S)):
        told = whatsapp_text(number, timestamp=now_text(ago_s))
        assert (await house.meta("/wa", whatsapp(told))).status_code == 200
    places = [one["conversation_id"] for one in house.notebook.heard.values()]
    assert places[0] == places[1] == places[2] != places[3]


async def test_what_is_said_at_once_is_one_conversation(house: House) -> None:
    answers = await asyncio.gather(*(house.sms(sms(number)) for number in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({one["conversation_id"] for one in house.notebook.heard.values()}) == 1
    await house.sms(sms(9, From="+14155550000"))
    assert len({one["conversation_id"] for one in house.notebook.heard.values()}) == 2


async def test_who_quotes_after_a_silence_goes_on(house: House) -> None:
    told = whatsapp_text(timestamp=now_text(), context={"id": "wamid.old"})
    assert (await house.meta("/wa", whatsapp(told))).status_code == 200
    (heard,) = house.notebook.heard.values()
    assert heard["thread"] == ["wamid.old"]
    assert "conversation_id" not in heard  # the quoted message has one


async def test_receipts_are_reported(house: House) -> None:
    status = {"id": "wamid.9", "status": "delivered", "biz_opaque_callback_data": "m-1"}
    await house.meta("/wa", whatsapp(statuses=[status]))
    await house.generic({"receipts": [{"state": "failed", "message_id": "m-2", "reason": "gone"}]})
    mia = Address(medium="messenger", address="7654321")
    house.memory.sent_to(person_of("page", mia), "m-3", 5)
    await house.meta("/page", page(event(read={"watermark": 4})))
    await house.meta("/page", page(event(read={"watermark": 6})))
    await house.meta("/page", page(event(read={"watermark": 7})))
    assert house.notebook.reports == [("m-1", "delivered"), ("m-2", "failed"), ("m-3", "read")]


async def test_what_is_for_another_number_is_nobody_s(house: House) -> None:
    told = whatsapp(whatsapp_text(timestamp=now_text()))
    told["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "another"
    assert (await house.meta("/wa", told)).status_code == 200
    assert not house.notebook.heard
