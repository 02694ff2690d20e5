"""Calls by FreeSWITCH: its dialplan and event socket as recorded, a real router between.

FreeSWITCH is not in Debian: a double speaks for it (switch.py), on a real socket, and runs the
dialplan that is shipped.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
import yaml

from adapters.client import NotFound, OneQueue
from adapters.client.models import Agent, Interaction
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.document import AdapterFile, load_adapter
from adapters.media.message import interaction_id_of
from adapters.media.meters import MediaMeters
from adapters.media.registry import load_medium
from adapters.voice.medium import Voice
from tests.adapters.voice.event_socket import PASSWORD
from tests.adapters.voice.phones import until
from tests.adapters.voice.switch import Switch
from tests.served import Served, served

pytestmark = [pytest.mark.servers, pytest.mark.any_server, pytest.mark.timeout(240)]

T = TypeVar("T")

COMMANDS = {
    "hash_dump onequeue",
    "uuid_dump json",
    *(f"select/onequeue_{table}" for table in ("call", "talk", "over", "told")),
    *(f"uuid_setvar onequeue_{name}" for name in ("contact", "offer", "agent", "ring_s")),
    "uuid_transfer onequeue_ring",
    "insert/onequeue_told",
    *(f"delete/onequeue_{table}" for table in ("call", "talk", "over", "told")),
}
"""Every kind of command that the adapter gives for a call that is answered."""


class Adapter(threading.Thread):
    """The adapter in a thread, to be ended wherever it is."""

    def __init__(self, file: AdapterFile, key: str) -> None:
        super().__init__(daemon=True)
        self._file, self._key = file, key
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._work())
        self.start()

    def run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    def kill(self) -> None:
        """From any thread; it does nothing more."""
        self._loop.call_soon_threadsafe(self._task.cancel)

    async def _work(self) -> None:
        meters, stop, logger = MediaMeters(), asyncio.Event(), structlog.get_logger()
        checkpoint = CheckpointFile(self._file.state / "c.json")
        async with OneQueue(self._file.api, self._key, verify=False) as queue:
            desk = ApiDesk(
                queue, self._file.account, checkpoint, stop, meters=meters, logger=logger
            )
            await Voice(self._file.settings).run(desk, stop)


async def _opened(url: str, key: str) -> OneQueue:
    return await OneQueue(url, key, verify=False).__aenter__()


class Center:
    """A switch, the adapter, and what OneQueue makes of it."""

    def __init__(self, folder: Path, api: Served) -> None:
        self.switch = Switch()
        self._api, self._folder, self._log = api, folder, folder / "voice.log"
        self._key = api.key("integration")
        self._runner = asyncio.Runner()
        self._queue = self._runner.run(_opened(api.url, api.key("admin")))
        self._numbers = iter(range(1, 1_000))

        self._file = self._folder / "voice.yaml"
        self._file.write_text(yaml.safe_dump(self._document()))

    def _document(self) -> dict[str, Any]:
        settings = {
            "front": "freeswitch",
            "freeswitch": {
                "port": self.switch.server.port,
                "password": {"file": str(self._folder / "password")},
            },
            "contact": "user/{agent_id}",
            "ring_s": 1,
            "sweep_s": 0.5,
        }
        (self._folder / "password").write_text(PASSWORD)
        return {"account": "fs", "state": "state", "api": self._api.url, "settings": settings}

    def start(self) -> Adapter:
        """The adapter, in a thread."""
        return Adapter(load_adapter(self._file, load_medium("voice")), self._key)

    def start_process(self) -> subprocess.Popen[bytes]:
        """The adapter, as it is started by people."""
        command = [sys.executable, "-m", "adapters.cli.main", "media", "run", "voice"]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--config", str(self._file)],
                stdout=log, stderr=log, env={**os.environ, "ONEQUEUE_MEDIA_KEY": self._key},
            )  # fmt: skip

    def said(self) -> str:
        told = self._log.read_text() if self._log.exists() else ""
        return f"{self.switch.table}\n{self.switch.channels}\n{told}"

    def ask(self, what: Callable[[OneQueue], Awaitable[T]]) -> T:
        """What a coroutine of a client gives."""

        async def asking() -> T:
            return await what(self._queue)

        return self._runner.run(asking())

    def stop(self) -> None:
        async def close() -> None:
            await self._queue.__aexit__(None, None, None)

        self._runner.run(close())
        self._runner.close()
        self.switch.stop()

    def agent(self, phone: str) -> str:
        """One more agent, who is there, and whose phone does so when it rings."""
        name = f"agent-{next(self._numbers)}"
        self.switch.phones[f"user/{name}"] = phone
        self.ask(lambda queue: queue.agents.login(name, inbox="desk"))
        return name

    def interaction(self, call: str) -> Interaction | None:
        async def find(queue: OneQueue) -> Interaction | None:
            try:
                return await queue.interactions.get(interaction_id_of("fs", call))
            except NotFound:
                return None

        return self.ask(find)

    def is_in(self, call: str, *states: str) -> Callable[[], bool]:
        def looked() -> bool:
            found = self.interaction(call)
            return found is not None and found.state in states

        return looked

    def at_end(self, call: str) -> Interaction:
        """A call that is settled: nothing of it is kept by the switch."""
        until(lambda: not any(call in name for name in self.switch.table), self.said)
        name = interaction_id_of("fs", call)
        found: Interaction = self.ask(lambda queue: queue.interactions.get(name))
        return found

    def clear(self) -> None:
        """Nobody is there."""

        async def log_out(queue: OneQueue) -> None:
            async for agent in queue.agents.list():
                await queue.agents.logout(agent.agent_id)

        self.ask(log_out)


@pytest.fixture(scope="module")
def house() -> Iterator[Center]:
    with tempfile.TemporaryDirectory(prefix="oq-") as name:
        folder = Path(name)
        with served(folder) as api:
            center = Center(folder, api)
            try:
                yield center
            finally:
                center.stop()


@pytest.fixture
def empty(house: Center) -> Iterator[Center]:
    """Nobody works, and no adapter."""
    yield house
    house.clear()


@pytest.fixture
def center(empty: Center) -> Iterator[Center]:
    adapter = empty.start()
    yield empty
    adapter.kill()
    adapter.join(60)


def test_waits_then_talks(center: Center) -> None:
    call = center.switch.arrive()
    until(center.is_in(call, "queued"), center.said)
    found = center.interaction(call)
    assert found is not None
    assert (found.customer_id, found.attributes["called"]) == ("+4917012345", "555000")
    name = center.agent("answers")
    until(center.is_in(call, "assigned"), center.said)
    assert center.switch.talks(call)
    center.switch.agent_hangs_up(call)
    over = center.at_end(call)
    assert (over.agent_id, over.state) == (name, "wrap_up")
    assert center.switch.ended[call] == "NORMAL_CLEARING"


def test_hangs_up_while_waiting(center: Center) -> None:
    call = center.switch.arrive()
    until(center.is_in(call, "queued"), center.said)
    center.switch.hang_up(call)
    over = center.at_end(call)
    assert (over.state, over.reason) == ("cancelled", "the caller has hung up")


@pytest.mark.parametrize("phone", ["silent", "USER_BUSY", "USER_NOT_REGISTERED"])
def test_no_answer_leads_to_the_next_agent(center: Center, phone: str) -> None:
    first = center.agent(phone)
    call = center.switch.arrive()
    until(lambda: center.switch.phase(call) == "refused", center.said)
    second = center.agent("answers")
    until(lambda: center.switch.talks(call), center.said)
    center.switch.hang_up(call)
    assert center.at_end(call).agent_id == second
    agent: Agent = center.ask(lambda queue: queue.agents.get(first))
    assert agent.state == ("unavailable" if phone == "silent" else "available")


def test_an_offer_that_is_taken_back_stops_ringing(center: Center) -> None:
    center.agent("silent")
    call = center.switch.arrive()
    until(lambda: center.switch.phase(call) == "ringing", center.said)
    found = center.interaction(call)
    assert found is not None
    second = center.agent("answers")
    center.ask(lambda queue: queue.offers.rescind(found.offers[0], retry_s=3_600, reason="no"))
    until(lambda: center.switch.talks(call), center.said)
    center.switch.hang_up(call)
    assert center.at_end(call).agent_id == second


def test_what_is_over_in_one_queue_is_ended(center: Center) -> None:
    call = center.switch.arrive()
    until(center.is_in(call, "queued"), center.said)
    name = interaction_id_of("fs", call)
    center.ask(lambda queue: queue.interactions.cancel(name, reason="closed"))
    until(lambda: call in center.switch.ended, center.said)
    assert center.switch.ended[call] == "NO_ANSWER"
    center.at_end(call)


def test_an_agent_who_cannot_be_called(center: Center) -> None:
    contact = {"sip": "user/1,loopback/9664 &system(reboot)"}
    center.ask(lambda queue: queue.agents.login("mallory", inbox="desk", attributes=contact))
    call = center.switch.arrive()
    until(lambda: (found := center.interaction(call)) and found.exclusions, center.said)
    center.agent("answers")
    until(lambda: center.switch.talks(call), center.said)
    assert not any("loopback" in contact for contact in center.switch.rang)
    center.switch.hang_up(call)
    center.at_end(call)


def test_numbers_are_no_commands(center: Center) -> None:
    caller = "+49\n\napi hupall' ${system(reboot)};a=b"
    call = center.switch.arrive(caller)
    until(center.is_in(call, "queued"), center.said)
    found = center.interaction(call)
    assert found is not None
    assert found.customer_id == caller
    center.switch.hang_up(call)
    center.at_end(call)


def test_a_connection_that_breaks_is_made_again(center: Center) -> None:
    call = center.switch.arrive()
    until(center.is_in(call, "queued"), center.said)
    center.switch.server.break_connections()
    other = center.switch.arrive()
    center.agent("answers")
    center.agent("answers")
    for each in (call, other):
        until(partial(center.switch.talks, each), center.said)
        center.switch.hang_up(each)
        assert center.at_end(each).state == "wrap_up"


class Reaper:
    """Ends the adapter at each kind of command that it gives, once before and once after it is
    done, and starts it again."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._server = center.switch.server
        self._do = self._server.api
        self._turn = threading.Lock()
        self.killed: list[tuple[str, str]] = []
        self._server.api = self._answer
        self._adapter = center.start()

    def end(self) -> None:
        self._server.api = self._do
        with self._turn:  # one that is being started again is ended too
            self._adapter.kill()
            self._adapter.join(60)

    def _answer(self, command: str) -> str | None:
        """In the place of the switch."""
        words = command.split()
        kind = f"{words[0]} {words[2]}" if len(words) > 2 else "/".join(words[1].split("/")[:2])
        for when in ("before", "after"):
            if (kind, when) not in self.killed:
                if when == "after":
                    self._do(command)
                with self._turn:
                    self.killed.append((kind, when))
                    self._adapter.kill()
                    self._adapter.join(60)
                    self._adapter = self._center.start()
                return None
        return self._do(command)


def test_killed_at_every_command_it_loses_none(empty: Center) -> None:
    """A call that comes, rings in vain, rings again, is answered, and ends."""
    first = empty.agent("silent")
    call = empty.switch.arrive()
    reaper = Reaper(empty)
    try:
        until(lambda: empty.switch.phase(call) == "refused", empty.said)
        second = empty.agent("answers")
        until(empty.is_in(call, "assigned"), empty.said)
        assert empty.switch.talks(call)
        until(lambda: ("insert/onequeue_told", "after") in reaper.killed, empty.said)
        empty.switch.hang_up(call)
        over = empty.at_end(call)
        until(lambda: {kind for kind, _ in reaper.killed} >= COMMANDS, empty.said)
        until(lambda: len(reaper.killed) >= 2 * len(COMMANDS), empty.said)
    finally:
        reaper.end()
    assert (over.state, over.agent_id) == ("wrap_up", second)
    assert [empty.switch.rang.count(f"user/{each}") for each in (first, second)] == [1, 1]
    assert len(reaper.killed) == 2 * len(COMMANDS)
    assert {kind for kind, _ in reaper.killed} == COMMANDS


def test_what_happens_while_nobody_watches(empty: Center) -> None:
    """A process, killed as the operating system kills one."""
    adapter = empty.start_process()
    empty.agent("answers")
    talking = empty.switch.arrive()
    until(empty.is_in(talking, "assigned"), empty.said)
    waiting = empty.switch.arrive()
    until(empty.is_in(waiting, "queued"), empty.said)
    adapter.kill()
    adapter.wait(60)
    came_and_went = empty.switch.arrive()
    for call in (came_and_went, waiting, talking):
        empty.switch.hang_up(call)
    adapter = empty.start_process()
    try:
        assert empty.at_end(talking).state == "wrap_up"
        assert empty.at_end(waiting).state == "cancelled"
        until(lambda: not empty.switch.table, empty.said)
        assert empty.interaction(came_and_went) is None
    finally:
        adapter.kill()
        adapter.wait(60)
