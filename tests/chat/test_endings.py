"""A chat that ends at any step, its process killed: nothing is lost, nothing stands twice."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import yaml
from playwright.async_api import Browser, expect
from websockets.exceptions import ConnectionClosed

from adapters.chat.medium import Chat
from adapters.chat.settings import ChatSettings
from adapters.client import OneQueue, Retries
from adapters.client.models import Interaction
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.meters import MediaMeters
from adapters.media.running import run_medium
from tests.chat.house import LATER_S, SETTINGS, ChatHouse, until
from tests.chat.visitor import Visitor, came, fresh_id
from tests.hypothesis_profiles import SEARCH

pytestmark = pytest.mark.asyncio(loop_scope="package")

ROOT = Path(__file__).parents[2]
STEPS_MAX = 200


class Cut(httpx.AsyncBaseTransport):
    """The way to the API; at the step ``at`` it goes no further: even steps are before a request,
    odd ones after it, when its answer is not known yet."""

    def __init__(self, at: int) -> None:
        self.has_come = asyncio.Event()
        self._at = at
        self._steps = itertools.count()
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._step()
        answer = await self._inner.handle_async_request(request)
        await self._step()
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _step(self) -> None:
        if next(self._steps) >= self._at:
            self.has_come.set()
            await asyncio.Event().wait()


@asynccontextmanager
async def life(house: ChatHouse, account: str, cut: Cut) -> AsyncIterator[Chat]:
    """A process's life, which ends with the block, whatever it is doing."""
    chat = Chat(ChatSettings.model_validate(SETTINGS))
    stop, meters, log = asyncio.Event(), MediaMeters(), structlog.get_logger()
    checkpoint = CheckpointFile(house.folder / f"{account}.json")
    async with OneQueue(
        house.api_url, house.key, transport=cut, retries=Retries(attempts=1)
    ) as queue:
        desk = ApiDesk(queue, account, checkpoint, stop, meters=meters, logger=log)
        running = asyncio.create_task(run_medium(chat, desk, stop, meters, log))
        try:
            await until(lambda: chat.url)
            yield chat
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class Widget:
    """What the widget remembers over its connections."""

    def __init__(self) -> None:
        self.token = ""
        self.after = ""
        self.outbox = {fresh_id(): f"message {number}" for number in range(2)}
        self.shown: list[str] = []

    async def talk(self, visitor: Visitor) -> None:
        """Say what is not taken, and show what comes, until all is taken and answered."""
        self.token = visitor.heard[0]["token"]
        for own_id, text in list(self.outbox.items()):
            await visitor.say(text, own_id)
        place = 0
        while self.outbox or not any(text.startswith("answer") for text in self.shown):
            for frame in visitor.heard[place:]:
                await self.take(visitor, frame)
            place = len(visitor.heard)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    visitor.heard.append(msg(await visitor.socket.recv()))

    async def take(self, visitor: Visitor, frame: dict[str, Any]) -> None:
        if frame["type"] == "taken":
            self.outbox.pop(frame["id"], None)
        if frame["type"] == "message":
            self.shown.append(frame["text"])
            self.after = frame["order"]
            await visitor.ask("had", order=frame["order"])


def msg(frame: str | bytes) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(frame)
    return found


async def answer(house: ChatHouse, account: str) -> str:
    """An agent answers what an account has been told; where."""
    found = await until(lambda: chat_of(house, account))
    key = f"answer-{found.interaction_id}"[-100:]
    await house.queue.conversations.say(
        found.conversation_id, text="answer", idempotency_key=key, message_id=key.replace(":", "-")
    )
    return str(found.conversation_id)


async def chat_of(house: ChatHouse, account: str) -> Interaction | None:
    async for one in house.queue.interactions.list(channel="chat"):
        if one.interaction_id.startswith(f"{account}:"):
            return one
    return None


async def one_end(house: ChatHouse, at: int) -> bool:
    """Whether the step was come to; what was said and answered stands once, whatever was."""
    account, widget, cut = f"cut-{at}", Widget(), Cut(at)
    answering = asyncio.create_task(answer(house, account))
    with contextlib.suppress(ConnectionClosed):
        async with life(house, account, cut) as chat, came(chat.url) as visitor:
            talking = asyncio.create_task(widget.talk(visitor))
            coming = asyncio.create_task(cut.has_come.wait())
            done, _ = await asyncio.wait(
                {talking, coming}, return_when=asyncio.FIRST_COMPLETED, timeout=LATER_S
            )
            assert done
            talking.cancel()
            coming.cancel()
            await asyncio.gather(talking, coming, return_exceptions=True)
    was_cut = cut.has_come.is_set()
    async with (
        life(house, account, Cut(10**9)) as chat,
        came(chat.url, widget.token, widget.after) as visitor,
    ):
        async with asyncio.timeout(LATER_S):
            await widget.talk(visitor)
    conversation = await answering
    assert sorted(widget.shown) == ["answer", "message 0", "message 1"], f"cut at {at}"
    said = [one.text for one in await house.dialogue(conversation)]
    assert sorted(said) == sorted(widget.shown)
    assert said.index("message 0") < said.index("message 1")
    (made,) = await house.chats(conversation)
    await house.queue.interactions.cancel(made.interaction_id)
    return was_cut


async def test_a_chat_may_end_at_any_step(house: ChatHouse) -> None:
    steps = 1 if SEARCH in {"deep", "long"} else 5
    for at in range(1, STEPS_MAX, steps):
        if not await one_end(house, at):
            break
    assert at > 10


class Program:
    """`onequeue media run chat` as its own process, on the same port each time."""

    def __init__(self, house: ChatHouse, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._variables = {**os.environ, "ONEQUEUE_MEDIA_KEY": house.key, "PYTHONPATH": str(ROOT)}
        told = {"account": "killed", "state": "state", "api": house.api_url}
        settings = {**SETTINGS, "port": self.port}
        (folder / "chat.yaml").write_text(yaml.safe_dump({**told, "settings": settings}))

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        command = ("-m", "adapters.cli.main", "media", "run", "chat", "--config", "chat.yaml")
        with (self._folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=self._folder, env=self._variables,
                stdout=log, stderr=log,
            )  # fmt: skip
        await until(self._answers)

    async def kill(self) -> None:
        """End it at once, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def _answers(self) -> bool:
        assert self.process.returncode is None, (self._folder / "log").read_text()
        with contextlib.suppress(httpx.TransportError):
            async with httpx.AsyncClient() as http:
                return (await http.get(f"{self.url}/healthz")).is_success
        return False


async def test_the_process_is_killed_while_both_write(
    house: ChatHouse, browser: Browser, tmp_path: Path
) -> None:
    await house.login("zoe")
    program = Program(house, tmp_path)
    await program.start()
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(30_000)
    try:
        await page.goto(program.url)
        await page.get_by_role("button", name="Chat with us").click()
        field = page.get_by_label("Your message")
        log = page.get_by_role("log")
        await field.fill("visitor 0")
        await field.press("Enter")
        await expect(log).to_contain_text("An agent has joined")
        chat = await until(lambda: chat_of(house, "killed"))
        where = chat.conversation_id
        for number in range(1, 7):
            await field.fill(f"visitor {number}")
            await field.press("Enter")
            await house.queue.conversations.say(where, text=f"agent {number}")
            if number == 4:  # the last ones are on their way
                await program.kill()
        await program.start()
        for by in ("visitor", "agent"):
            for number in range(1, 7):
                await expect(log.locator(".text", has_text=f"{by} {number}")).to_have_count(1)
        await expect(log.locator(".pending")).to_have_count(0)
        texts = [one.text for one in await house.dialogue(where)]
        wanted = [f"visitor {n}" for n in range(7)] + [f"agent {n}" for n in range(1, 7)]
        assert sorted(texts) == sorted(wanted)
        said = [text for text in texts if text.startswith("visitor")]
        assert said == sorted(said)
        assert len(await house.chats(where)) == 1
        shown = await log.locator(".text").all_inner_texts()
        assert [re.sub(r"^.*?: ?", "", text).strip() for text in shown] == texts
    finally:
        await context.close()
        await program.kill()
        await house.logout("zoe")
