"""The mail adapter as a process that is killed, on a real mailbox, router and API."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from adapters.client import OneQueue
from adapters.mail.parsing import read_mail
from adapters.mail.unanswered import find_unanswered
from adapters.media.contract import ContractBroken
from tests.adapters.cli.shell import Shell
from tests.adapters.mail.post import Post, mail, settings_of
from tests.served import Served

ROOT = Path(__file__).parents[3]
DEADLINE_S = 90.0
MAILS = 12


@pytest.fixture
def key(house: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    key = house.key("integration")
    monkeypatch.setenv("ONEQUEUE_MEDIA_KEY", key)
    return key


def until(what: Callable[[], object], why: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        if time.monotonic() >= deadline:
            raise ContractBroken(why)
        time.sleep(0.01)


class Adapter:
    """`onequeue media run mail`, as often as it is killed."""

    def __init__(self, house: Served, post: Post, **settings: Any) -> None:
        self.post = post
        self.config = post.folder / "mail.yaml"
        told = settings_of(post, acknowledge={}, unanswered_every_s=3_600, channel="email")
        about = {"account": post.user, "state": "state", "api": house.url}
        self.config.write_text(yaml.safe_dump(about | {"settings": told | settings}))

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "adapters.cli.main", "media", "run", "mail"]
        return subprocess.Popen(
            [*command, "--config", str(self.config)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
        )

    def taken(self) -> int:
        return len(self.post.server.search(self.post.user, "KEYWORD OneQueueTaken"))

    def kill_when(self, what: Callable[[], object], why: str) -> None:
        process = self.start()
        try:
            until(what, why)
        finally:
            process.kill()
            _, told = process.communicate()
        assert b"Traceback" not in told, told


async def replied(house: Served, key: str, account: str, names: list[str]) -> list[str]:
    """Answer each conversation; the Message-IDs that the answers must have."""
    async with OneQueue(house.url, key) as queue:
        known = await queue.messages.known(account, names)
        assert sorted(one.message_id for one in known) == sorted(names)
        assert len({one.interaction_id for one in known}) == len(names)
        said = [
            await queue.conversations.say(one.conversation_id, text=f"about {one.message_id}")
            for one in known
        ]
        return [f"<{one.message_id}@queue.example>" for one in said]


def test_killed_at_any_time_nothing_is_lost_or_doubled(
    house: Served,
    key: str,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    adapter = Adapter(house, post)
    for number in range(MAILS):
        post.deliver(mail(f"mail {number}", **{"from": f"customer-{number}@example.org"}))
    adapter.kill_when(lambda: adapter.taken() >= MAILS // 4, "not taken")
    adapter.kill_when(
        lambda: adapter.taken() == MAILS and len(set(post.received.ids())) == MAILS,
        "not all taken and acknowledged",
    )
    shell = Shell(monkeypatch, capsys)
    counted = shell("mail", "check", "--config", str(adapter.config), "--json")
    assert (counted.code, counted.json["known"], counted.json["waiting"]) == (0, MAILS, 0)
    names = names_in(post)
    answers = asyncio.run(replied(house, key, post.user, names))
    adapter.kill_when(lambda: len(set(post.received.ids())) > MAILS + 2, "not sent")
    process = adapter.start()
    until(lambda: set(answers) <= set(post.received.ids()), "not all sent")
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, b"stopped" in told) == (0, True), told
    # what was sent twice, as nobody had reported it yet, has the Message-ID that it had before
    assert len(set(post.received.ids())) == 2 * MAILS
    texts = {(one["Message-ID"], one.get_content()) for one in post.received.mails}
    assert len(texts) == 2 * MAILS


def names_in(post: Post) -> list[str]:
    with post.server.client(post.user) as client:
        _, found = client.search(None, "ALL")
        return [
            read_mail(whole[0][1]).name
            for uid in found[0].split()
            for whole in [cast("Any", client.fetch(uid.decode(), "(BODY.PEEK[])")[1])]
        ]


def test_a_mail_that_was_lost_is_found(
    house: Served,
    key: str,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    adapter = Adapter(house, post)
    post.deliver(mail("somebody has marked it by hand"))
    post.deliver(mail("this one waits"))
    with post.server.client(post.user) as client:
        client.store("1", "+FLAGS", "OneQueueTaken")
    shell = Shell(monkeypatch, capsys)
    found = shell("mail", "check", "--config", str(adapter.config))
    assert found.code == 1
    assert "2 mails: 0 with interactions, 1 waiting, 0 apart, 0 refused" in found.out
    assert "1 missing: UID 1" in found.err
    monkeypatch.setenv("ONEQUEUE_MEDIA_KEY", "oq_wrong")
    assert shell("mail", "check", "--config", str(adapter.config)).code == 2


async def test_what_is_unanswered_past_its_target(house: Served, key: str) -> None:
    late_ms = 30 * 86_400_000
    async with OneQueue(house.url, key) as queue:
        about = {"account": "late", "channel": "email", "text": "hello"}
        said = [
            await queue.messages.hear(message_id=f"late-{number}", **about)  # type: ignore[arg-type]
            for number in range(3)
        ]
        now_ms = time.time_ns() // 1_000_000
        mine = {one.interaction_id for one in said}

        async def found(at_ms: int) -> set[str]:
            listed = await find_unanswered(queue, "email", at_ms)
            assert all(one.waited_ms > one.target_ms > 0 for one in listed)
            return mine & {one.interaction_id for one in listed}

        assert await found(now_ms) == set()
        assert await found(now_ms + late_ms) == mine
        # an agent has two of them, and has answered one
        await queue.agents.login("late-agent", inbox="d", state="unavailable")
        for one, reply_id in zip(said, ("ack-x", "ack-y"), strict=False):
            await queue.interactions.assign(one.interaction_id, agent_id="late-agent")
            await queue.conversations.say(one.conversation_id, text="at once", message_id=reply_id)
        await queue.conversations.say(said[0].conversation_id, text="here you are")
        assert await found(now_ms + late_ms) == {one.interaction_id for one in said[1:]}
        # they write once more
        await queue.messages.hear(
            message_id="late-4",
            conversation_id=said[0].conversation_id,
            **about,  # type: ignore[arg-type]
        )
        assert await found(now_ms + late_ms) == mine


def test_the_command_lists_them(
    house: Served,
    key: str,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    adapter = Adapter(house, post, channel="email")
    day_ms = time.time_ns() // 1_000_000 - 300 * 86_400_000

    async def old() -> str:
        async with OneQueue(house.url, key) as queue:
            said = await queue.messages.hear(
                account=post.user, message_id="old", channel="email",
                interaction={"origin_ms": day_ms},
            )  # fmt: skip
            return said.interaction_id

    name = asyncio.run(old())
    shell = Shell(monkeypatch, capsys)
    found = shell("mail", "unanswered", "--config", str(adapter.config))
    assert found.code == 1
    assert f"{name}  " in found.out
    told = shell("mail", "unanswered", "--config", str(adapter.config), "--json").json
    assert name in {one["interaction_id"] for one in told["unanswered"]}
