"""The desk and the process of an adapter, against a real router and API that are killed."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
import structlog

from adapters.archive.lock import locked
from adapters.client import OneQueue, Retries
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.document import AdapterFile
from adapters.media.meters import MediaMeters
from adapters.media.plugin import DeskClosed, MediumUnavailable, MessageRefused
from adapters.media.running import MediumHealth, StateInUse, run_medium, serve_medium
from tests.adapters.media.page import written
from tests.served import Served

ROOT = Path(__file__).parents[3]
DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def key(house: Served) -> str:
    return house.key("integration")


def desk_at(
    queue: OneQueue, tmp_path: Path, account: str, again_s: float = 60.0, logger: Any = None
) -> ApiDesk:
    return ApiDesk(
        queue,
        account,
        CheckpointFile(tmp_path / "c.json"),
        asyncio.Event(),
        meters=MediaMeters(),
        logger=logger or structlog.get_logger(),
        again_s=again_s,
    )


def value(desk: ApiDesk, name: str) -> float:
    return desk._meters.registry.get_sample_value(f"onequeue_media_{name}") or 0.0


async def test_what_is_said_and_answered(house: Served, key: str, tmp_path: Path) -> None:
    account = f"box-{secrets.token_hex(4)}"
    async with OneQueue(house.url, key) as queue:
        desk = desk_at(queue, tmp_path, account, again_s=0.2)
        said = await desk.said(message_id="m-1", channel="chat", text="hello")
        assert (await desk.said(message_id="m-1", channel="chat", text="hello")).repeated
        sent = await queue.conversations.say(said.conversation_id, text="hello, too")
        given = desk.outgoing()
        first, again = await anext(given), await anext(given)
        # nobody has reported it, so it comes again
        assert (first.text, first) == ("hello, too", again)
        await desk.delivered(first.message_id, state="sent", provider_id="p-1")
        await desk.delivered("never sent", state="sent")
        await desk.delivered("no id has so many characters" * 40, state="failed")
        assert value(desk, "reports_refused_total") == 1
        listed = [one async for one in queue.conversations.messages(said.conversation_id)]
        assert [one.delivery and one.delivery.state for one in listed] == [None, "sent"]
        assert listed[1].message_id == sent.message_id
        with pytest.raises(MessageRefused, match="unknown_channel"):
            await desk.said(message_id="m-2", channel="pigeon", text="coo")
        assert (value(desk, "heard_total"), value(desk, "repeated_total")) == (2, 1)
        assert (value(desk, "refused_total"), value(desk, "outgoing_total")) == (1, 2)
        desk._stop.set()
        assert [one async for one in given] == []
        with pytest.raises(DeskClosed):
            await desk.said(message_id="m-3", channel="chat")


async def test_what_is_said_while_the_api_dies_is_said_once(
    house: Served, key: str, tmp_path: Path
) -> None:
    """kill -9 among messages that are on their way; the next API takes the same ones."""
    account, count = f"box-{secrets.token_hex(4)}", 60
    port = house.url.rpartition(":")[2]
    async with OneQueue(house.url, key, retries=Retries(attempts=1)) as queue:
        desk = desk_at(queue, tmp_path, account)

        async def say(number: int) -> str:
            name, matter = f"m-{number}", f"{account}-{number % 20}"
            said = await desk.said(
                message_id=name, channel="chat", text=name, conversation_id=matter
            )
            return said.interaction_id

        saying = [asyncio.create_task(say(number)) for number in range(count // 2)]
        await asyncio.wait(saying, return_when=asyncio.FIRST_COMPLETED)
        house.api.process.kill()
        saying += [asyncio.create_task(say(number)) for number in range(count // 2, count)]
        await asyncio.to_thread(house.start_api, "--port", port)
        led_to = await asyncio.gather(*saying)
        assert value(desk, "api_errors_total") > 0
        for conversation in range(20):
            name = f"{account}-{conversation}"
            found = await queue.conversations.get(name)
            assert len(found.interactions) == 1
            assert {led_to[number] for number in range(conversation, count, 20)} == {
                found.interactions[0].interaction_id
            }
            said = [one.message_id async for one in queue.conversations.messages(name)]
            assert sorted(said) == sorted(f"m-{n}" for n in range(conversation, count, 20))


def until(what: Callable[[], object], why: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


def test_the_medium_of_the_page_as_a_process(house: Served, key: str, tmp_path: Path) -> None:
    """It is found by its entry point, works, is killed, and goes on."""
    written(tmp_path)
    letters = tmp_path / "letters"
    account = f"box-{secrets.token_hex(4)}"
    config = tmp_path / "folder.yaml"
    config.write_text(
        f"account: {account}\nstate: state\napi: {house.url}\nsettings:\n  folder: {letters}\n"
    )
    environment = {
        **os.environ, "ONEQUEUE_MEDIA_KEY": key, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
    }  # fmt: skip
    command = [sys.executable, "-m", "adapters.cli.main", "media", "run", "folder"]
    command += ["--config", str(config)]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE)

    letters.mkdir()
    (letters / "a.txt").write_text("dear sirs")
    first = start()
    until((letters / "done" / "a.txt").exists, "it was not taken")
    first.kill()
    first.communicate()
    (letters / "done" / "a.txt").rename(letters / "a.txt")  # as if it had died before that
    second = start()
    until((letters / "done" / "a.txt").exists, "it was not taken again")
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=house.url, headers=headers) as client:
        again = {"account": account, "message_id": "a.txt", "channel": "chat"}
        said = client.post("/v1/messages", json=again).json()
        assert said["repeated"]
        path = f"/v1/conversations/{said['conversation_id']}/messages"
        assert [one["text"] for one in client.get(path).json()["items"]] == ["dear sirs"]
        reply = client.post(path, json={"text": "dear madam"}).json()
        there = letters / "replies" / f"{reply['message_id']}.txt"
        until(there.exists, "the reply did not go out")
        until(
            lambda: client.get(path).json()["items"][1]["delivery"]["state"] == "sent",
            "it was not reported",
        )
    second.send_signal(signal.SIGTERM)
    _, told = second.communicate(timeout=DEADLINE_S)
    assert (second.returncode, b"stopped" in told) == (0, True)


async def test_two_adapters_do_not_work_with_one_state(tmp_path: Path) -> None:
    file = AdapterFile(account="box", state=tmp_path / "state")
    idle: Any = Weak()
    work = serve_medium(
        idle,
        file,
        "oq_x",
        meters=MediaMeters(),
        health=MediumHealth(),
        logger=structlog.get_logger(),
    )
    with locked(file.state), pytest.raises(StateInUse, match="another adapter works with this"):
        await work


class Weak:
    """Fails as its other side does, and then ends."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)

    async def run(self, desk: ApiDesk, stop: asyncio.Event) -> None:
        if self.failures:
            raise self.failures.pop(0)
        desk.connected()


async def test_a_medium_that_fails_is_started_again(tmp_path: Path) -> None:
    async with OneQueue("http://127.0.0.1:1", "key") as queue:
        desk = desk_at(queue, tmp_path, "box")
        stop, meters, logger = asyncio.Event(), MediaMeters(), structlog.get_logger()
        group = ExceptionGroup("both", [DeskClosed("ends"), MediumUnavailable("gone")])
        weak: Any = Weak(MediumUnavailable("no mail today"), group)
        await run_medium(weak, desk, stop, meters, logger)
        assert desk.is_connected
        assert meters.registry.get_sample_value("onequeue_media_restarts_total") == 2
        closed: Any = Weak(DeskClosed("ends"), ZeroDivisionError())
        await run_medium(closed, desk, stop, meters, logger)
        for fault in (ZeroDivisionError(), ExceptionGroup("", [OSError(), ZeroDivisionError()])):
            faulty: Any = Weak(fault)
            with pytest.raises(type(fault)):
                await run_medium(faulty, desk, stop, meters, logger)


async def test_a_key_that_is_refused_is_named_as_what_it_is(house: Served, tmp_path: Path) -> None:
    written_by = Mock()
    async with OneQueue(house.url, "oq_main_x_y", retries=Retries(attempts=1)) as queue:
        desk = desk_at(queue, tmp_path, "box", logger=written_by)
        saying = asyncio.create_task(desk.said(message_id="m-1", channel="chat", text="hello"))
        async with asyncio.timeout(DEADLINE_S):
            while not written_by.error.called:  # noqa: ASYNC110  (nobody tells of it)
                await asyncio.sleep(0.02)
        desk._stop.set()
        with pytest.raises(DeskClosed):
            await saying
    (told,) = written_by.error.call_args_list
    assert told.args == ("OneQueue refuses the API key",)
    assert told.kwargs["help"].startswith("onequeue keys create")


def test_what_cannot_be_reached_is_told_once(tmp_path: Path) -> None:
    written_by = Mock()
    desk = desk_at(OneQueue("http://127.0.0.1:1"), tmp_path, "box", logger=written_by)
    for why in ("no route", "no route", "refused"):
        desk.disconnected(why)
    desk.failed("told elsewhere")
    errors = [each.kwargs["error"] for each in written_by.warning.call_args_list]
    assert errors == ["no route", "refused"]
    desk.connected()
    desk.disconnected("refused")
    assert written_by.warning.call_count == 3
    assert not desk.is_connected


def test_health_says_why_it_is_not_ready(tmp_path: Path) -> None:
    health = MediumHealth()
    assert (health.is_alive(), health.is_ready()) == (True, False)
    health.desk = desk_at(OneQueue("http://127.0.0.1:1"), tmp_path, "box")
    health.desk.disconnected("no route")
    assert health.details() == {"ready": False, "why": "no route"}
    health.desk.connected()
    assert health.details() == {"ready": True, "why": ""}
