"""Web forms over HTTP: people come in once, robots not at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any, Unpack

import httpx
import pytest
import structlog
from starlette.datastructures import UploadFile

from adapters.client.message_models import Said
from adapters.forms.uploads import NoRoom, Uploads
from adapters.forms.web import FormsSettings, WebForms, forms_app
from adapters.media.checkpoint import CheckpointFile
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import Heard, MessageRefused

BASE = "https://forms.example.org"
PARTNER = "https://www.partner.example"


class Desk(NotebookDesk):
    """Takes everything, unless it refuses or sleeps."""

    refuses = False
    is_slow = False

    async def said(self, **message: Unpack[Heard]) -> Said:
        if self.is_slow:
            await asyncio.Event().wait()
        if self.refuses:
            raise MessageRefused("overflow", "full")
        return await super().said(**message)


def told(folder: Path, **more: Any) -> FormsSettings:
    contact = {
        "channel": "chat",
        "title": "Say <it>",
        "fields": {
            "name": {"required": True},
            "words": {"kind": "text"},
            "topic": {"kind": "choice", "choices": ["a & b"]},
            "file": {"kind": "file"},
        },
        "origins": [PARTNER],
        "thanks": "https://www.example.org/thanks",
    }
    settings: dict[str, Any] = {
        "secret": {"env": "TEST_FORMS_SECRET"},
        "forms": {"contact": contact},
        "uploads": folder / "uploads",
        "uploads_uri": "https://files.example.org/",
        "least_s": 0,
        "burst": 100,
        "file_bytes_max": 1_000,
        "listen": {"answer_s": 0.2},
    }
    return FormsSettings.model_validate(settings | more)


class House:
    """The server of one form."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder
        self.notebook = Notebook()
        self.desk = Desk(self.notebook, CheckpointFile(folder / "c.json"), -1)
        app = forms_app(told(folder, **more), self.desk, structlog.get_logger())
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)

    async def token(self) -> str:
        found: str = (await self.http.get("/contact/token")).json()["token"]
        return found

    async def post(self, token: str | None = None, **more: Any) -> httpx.Response:
        data = {"token": await self.token() if token is None else token, "name": "Mia"}
        data |= more.pop("data", {})
        return await self.http.post("/contact", data=data, **more)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_FORMS_SECRET", "form-secret")


@pytest.fixture
async def house(tmp_path: Path, secret: None) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.http.aclose()


async def test_a_form_that_is_sent_twice_is_one(house: House) -> None:
    token = await house.token()
    first, second = await house.post(token), await house.post(token)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    (heard,) = house.notebook.heard.values()
    assert heard["text"] == "name: Mia"
    assert heard["message_id"].startswith("contact:")
    third = await house.post()
    assert third.json() != first.json()


async def test_an_answer_that_is_corrected_is_not_lost(house: House) -> None:
    token = await house.token()
    first = await house.post(token)
    second = await house.post(token, data={"name": "Mia Lang"})
    assert first.json() == second.json()
    one, other = house.notebook.heard.values()
    assert (one["text"], other["text"]) == ("name: Mia", "name: Mia Lang")
    assert one["thread"] == other["thread"] == [f"contact:{token.split('.')[1]}"]


async def test_the_page_works_without_scripts(house: House) -> None:
    page = await house.http.get("/contact")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<h1>Say &lt;it&gt;</h1>" in page.text
    assert "<option>a &amp; b</option>" in page.text
    (token,) = re.findall(r'name="token" value="([^"]+)"', page.text)
    answer = await house.post(
        token, data={"website": "", "words": "hello"},
        headers={"Accept": "text/html", "Origin": BASE},
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (
        303, "https://www.example.org/thanks",
    )  # fmt: skip


async def test_a_double_click_with_a_file_is_one(tmp_path: Path, secret: None) -> None:
    house = House(tmp_path, file_bytes_max=10_000_000)
    token, data = await house.token(), b"%PDF" * 1_500_000
    files = {"file": ("bill.pdf", data, "application/pdf")}
    sent = await asyncio.gather(*(house.post(token, files=files) for _ in range(4)))
    assert [each.status_code for each in sent] == [200] * 4
    assert len(house.notebook.heard) == 1
    (kept,) = await asyncio.to_thread(lambda: list((house.folder / "uploads").iterdir()))
    assert await asyncio.to_thread(kept.read_bytes) == data
    await house.http.aclose()


async def test_the_folder_of_files_is_bounded(tmp_path: Path, secret: None) -> None:
    house = House(tmp_path, uploads_bytes_max=6)
    sent = [
        (await house.post(files={"file": ("bill.pdf", data, "application/pdf")})).status_code
        for data in (b"%PDF", b"%DOC", b"%PDF", b"%P")
    ]
    assert sent == [200, 503, 200, 200]
    assert (await house.post()).status_code == 200
    assert len(house.notebook.heard) == 4
    await house.http.aclose()


def clear(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


async def test_room_that_was_made_is_found(tmp_path: Path) -> None:
    now_s = 0.0
    uploads = Uploads(tmp_path, "", 10, 10, lambda: now_s)
    for data in (b"0123", b"4567"):
        await uploads.keep("file", UploadFile(BytesIO(data)))
    with pytest.raises(NoRoom):
        await uploads.keep("file", UploadFile(BytesIO(b"890")))
    clear(tmp_path)
    now_s = 61.0
    await uploads.keep("file", UploadFile(BytesIO(b"890")))


async def test_a_file_stands_once_under_what_it_is(house: House) -> None:
    for _ in range(2):
        files = {"file": ("..\\..\\Bill\x1b.pdf", b"%PDF", "application/pdf")}
        assert (await house.post(files=files)).status_code == 200
    first, second = house.notebook.heard.values()
    (attachment,) = first["attachments"]
    assert first["attachments"] == second["attachments"]
    (kept,) = (house.folder / "uploads").iterdir()
    assert kept.read_bytes() == b"%PDF"
    assert attachment == {
        "uri": f"https://files.example.org/{kept.name}",
        "name": "Bill.pdf",
        "media_type": "application/pdf",
        "size_bytes": 4,
        "sha256": kept.name,
    }


async def test_who_is_no_person(house: House) -> None:
    robot = await house.post(data={"website": "https://spam.example"})
    assert (robot.status_code, len(robot.json()["reference"])) == (200, 10)
    for token in ("", "1.2.3"):
        assert (await house.post(token)).status_code == 403
    strange = await house.post(headers={"Origin": "https://elsewhere.example"})
    assert (strange.status_code, strange.json()) == (
        403,
        {"error": "this page may not send the form"},
    )
    assert not house.notebook.heard


async def test_a_page_of_a_partner_may_read_the_answer(house: House) -> None:
    for answer in (
        await house.post(headers={"Origin": PARTNER}),
        await house.http.get("/contact/token", headers={"Origin": PARTNER}),
    ):
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert "Access-Control-Allow-Origin" not in (await house.post()).headers


@pytest.mark.parametrize(
    ("data", "files", "faults"),
    [
        ({"name": ""}, None, {"name": "is required"}),
        ({"name": ["a", "b"]}, None, {"name": "is there twice"}),
        ({"more": "x"}, None, {"more": "there is no such field"}),
        ({}, {"other": ("a", b"x")}, {"other": "there is no such file"}),
        ({}, {"file": ("a", b"x" * 1_001)}, {"file": "has more than 1000 bytes"}),
    ],
)
async def test_what_cannot_be_taken(house: House, data: Any, files: Any, faults: Any) -> None:
    answer = await house.post(data=data, files=files)
    assert (answer.status_code, answer.json()) == (422, {"errors": faults})
    assert not house.notebook.heard


async def test_undecided_is_to_be_sent_again(house: House) -> None:
    token = await house.token()
    house.desk.refuses = True
    assert (await house.post(token)).status_code == 503
    house.desk.refuses, house.desk.is_slow = False, True
    again = await house.post(token)
    assert (again.status_code, again.headers["Retry-After"]) == (503, "5")
    house.desk.is_slow = False
    assert (await house.post(token)).status_code == 200


async def test_one_address_may_not_send_without_end(tmp_path: Path, secret: None) -> None:
    house = House(tmp_path, burst=2, per_minute=1, behind_proxy=True)
    there = {"X-Forwarded-For": "1.2.3.4, 10.0.0.1"}
    answers = [(await house.post(headers=there)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    other = await house.post(headers={"X-Forwarded-For": "10.0.0.1, 1.2.3.4"})
    assert other.status_code == 200
    await house.http.aclose()


async def test_bodies_are_bounded_on_a_real_server(tmp_path: Path, secret: None) -> None:
    listen = {"port": 0, "body_bytes_max": 2_000, "body_timeout_s": 0.3, "drain_s": 0.1}
    medium = WebForms(told(tmp_path, listen=listen))
    desk = Desk(Notebook(), CheckpointFile(tmp_path / "c.json"), -1)
    ports: list[int] = []

    def note(_: Any, __: str, event: Any) -> Any:
        ports.append(int(event["url"].rpartition(":")[2]))
        raise structlog.DropEvent

    medium._log = structlog.wrap_logger(None, processors=[note])
    running = asyncio.create_task(medium.run(desk, desk.stop))
    while not ports:  # noqa: ASYNC110  # a log line sets nothing off
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}") as http:
        large = await http.post("/contact", data={"words": "x" * 3_000})
        assert large.status_code == 413
    reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
    head = b"POST /contact HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=M"
    writer.write(head + form)
    assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()
    desk.stop.set()
    await running
