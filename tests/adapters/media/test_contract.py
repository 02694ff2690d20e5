"""The kit for authors of media: what keeps the contract passes, what breaks it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from adapters.media.contract import ContractBroken, check_medium
from adapters.media.plugin import Desk
from tests.adapters.media.page import folder_names


class Post:
    """A medium that never forgets: letters lie in a box until they are taken."""

    Settings = BaseModel

    def __init__(self, box: Box) -> None:
        self.box = box

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.read(desk, stop))
            group.create_task(self.write(desk))

    async def read(self, desk: Desk, stop: asyncio.Event) -> None:
        while not stop.is_set():
            for name, text in list(self.box.letters.items()):
                await self.take(desk, name, text)
            await asyncio.sleep(0.001)

    async def take(self, desk: Desk, name: str, text: str) -> None:
        await desk.said(message_id=name, channel="letter", text=text)
        del self.box.letters[name]

    async def write(self, desk: Desk) -> None:
        async for message in desk.outgoing():
            self.box.sent.append((message.message_id, message.text))
            await desk.delivered(message.message_id, state="sent")


class TakesFirst(Post):
    async def take(self, desk: Desk, name: str, text: str) -> None:
        del self.box.letters[name]
        await desk.said(message_id=name, channel="letter", text=text)


class CountsAnew(Post):
    async def take(self, desk: Desk, name: str, text: str) -> None:
        self.box.count += 1
        await desk.said(message_id=str(self.box.count), channel="letter", text=text)
        del self.box.letters[name]


class SendsTwice(Post):
    async def write(self, desk: Desk) -> None:
        async for message in desk.outgoing():
            self.box.sent += [("", message.text), ("", message.text)]
            await desk.delivered(message.message_id, state="sent")


class ReportsFirst(Post):
    async def write(self, desk: Desk) -> None:
        async for message in desk.outgoing():
            await desk.delivered(message.message_id, state="sent")
            self.box.sent.append((message.message_id, message.text))


class NeverEnds(Post):
    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        await super().run(desk, stop)
        await asyncio.Event().wait()


class Fails(Post):
    async def take(self, desk: Desk, name: str, text: str) -> None:
        raise ZeroDivisionError


class Box:
    """The other side."""

    def __init__(self, kind: type[Post]) -> None:
        self.kind = kind
        self.letters: dict[str, str] = {}
        self.sent: list[tuple[str, str]] = []
        self.count = 0
        self.deduplicates = False

    def medium(self) -> Any:
        return self.kind(self)

    async def arrive(self, text: str) -> None:
        self.letters[f"letter {len(self.letters)}"] = text

    async def received(self) -> Sequence[str]:
        return [text for _, text in self.sent]


def boxes(kind: type[Post]) -> Callable[[], AbstractAsyncContextManager[Box]]:
    @asynccontextmanager
    async def box() -> AsyncIterator[Box]:
        yield Box(kind)

    return box


async def test_what_keeps_the_contract_is_ended_at_every_step(tmp_path: Path) -> None:
    # two messages and two replies: taken, given out, reported, before and after each
    assert await check_medium(boxes(Post), tmp_path) == 12


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (TakesFirst, "lost: .'message 0 of 0'.*"),
        (CountsAnew, "what a customer wrote once stands under 2 ids"),
        (SendsTwice, "a customer received a reply 2 times"),
        (ReportsFirst, "a customer received a reply 0 times"),
        (NeverEnds, "it does not end"),
    ],
)
async def test_what_breaks_it_is_told(kind: type[Post], told: str, tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match=told):
        await check_medium(boxes(kind), tmp_path, patience_s=0.3)


async def test_a_fault_of_the_medium_is_raised_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await check_medium(boxes(Fails), tmp_path)
    assert caught.group_contains(ZeroDivisionError)


async def test_the_medium_of_the_page_keeps_the_contract(tmp_path: Path) -> None:
    await folder_names()["test_folder"](tmp_path)
