"""Real media beside the hour: the adapters run, customers write, agents' replies go back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from adapters.client import ClientError, OneQueue
from benchmarks.demo.media.errors import MediumFailed
from benchmarks.demo.media.figures import MediaFigures, MediaJournal, Taken, media_figures
from benchmarks.demo.media.files import ACCOUNTS, Outside, Secrets, left_out, write_files
from benchmarks.demo.media.front import FRONT, front_command, kamailio
from benchmarks.demo.media.outside import outside_world
from benchmarks.demo.media.visitors import Doors, Visitors
from benchmarks.demo.processes import Children
from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("MEDIA", "MediaBeside", "media_beside")

MEDIA: Final = "media"
"""The child's name."""

LAST_S_MAX: Final = 20.0
"""How long after the hour something may still be under way; usually nothing is."""

WORDLESS: Final = frozenset({ACCOUNTS["forms"], ACCOUNTS["voice"]})
"""A form has no way back, and callers hear their agent."""

POLL_S: Final = 0.05


class MediaBeside:
    """The media of one demo, between :func:`media_beside` and the end of the hour."""

    def __init__(self, outside: Outside, replies: list[str], folder: Path) -> None:
        self._outside = outside
        self._replies = replies
        self._folder = folder
        self._taken: asyncio.Queue[Taken] = asyncio.Queue()
        self._journal = MediaJournal(self._taken.put_nowait)
        self._names: list[str] = []
        self._kept = Secrets("")
        self._api = ""
        self._visitors: Visitors | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_over = False
        """Whether nothing of it is waited for any more."""

    @property
    def has_calls(self) -> bool:
        """Whether people call, too."""
        return "voice" not in left_out()

    async def start(self, children: Children, api: str, key: str) -> None:
        """Start the adapters' process, with a key of the role `integration`."""
        self._api, self._kept = api, Secrets(key)
        self._names = write_files(self._folder, api, self._outside)
        arguments = ["--folder", str(self._folder), *self._names]
        module = "benchmarks.demo.media.process"
        program = kamailio()
        if program is not None:
            front = front_command(program, self._outside.front, self._folder)
            await children.start_program(FRONT, front)
        await children.start(MEDIA, module, arguments, environment=self._kept.environment())

    async def open(self, children: Children, wait_s: float) -> Iterator[str]:
        """Wait until everything listens; what to tell the user. Raises ``NotStarted``."""

        async def listening(medium: str, event: str = "listening") -> dict[str, Any]:
            return await children.said(MEDIA, event, wait_s, medium=medium)

        has_mail = "mail" in self._names
        port = (await listening("mail", "takes mail by SMTP"))["port"] if has_mail else 0
        urls = [str((await listening(name))["url"]) for name in ("social", "forms", "chat")]
        has_voice = "voice" in self._names
        if has_voice:
            await listening("voice", "watching")
        doors = Doors(port, self._outside.front.sip if has_voice else 0, *urls)
        self._visitors = Visitors(doors, self._kept, self._replies)
        return _invitation(doors)

    def begin(self, seconds: float) -> None:
        """The hour opens: customers come, and who takes something replies."""
        if self._visitors is not None:
            self._tasks.add(asyncio.create_task(self._visitors.come(seconds)))
            self._tasks.add(asyncio.create_task(self._reply()))

    def feed(self, record: JournalRecord) -> None:
        """Take in a record of the journal."""
        self._journal.feed(record)

    def check(self) -> None:
        """Raise :class:`~benchmarks.demo.media.errors.MediumFailed` if one has."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def finish(self) -> None:
        """The hour is over: let what is under way arrive. Raises as :meth:`check` does."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + LAST_S_MAX
        while not self.figures(1.0).complete and loop.time() < until_s:
            self.check()
            await asyncio.sleep(POLL_S)
        await self.close()

    async def close(self) -> None:
        """End what is still under way."""
        self.is_over = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def figures(self, speed: float) -> MediaFigures:
        """What was said, and what became of it."""
        visitors = self._visitors
        said = visitors.said if visitors is not None else []
        expected = visitors.expected if visitors is not None else 0
        return media_figures(
            self._journal, said, self._replies, left_out(), expected=expected, speed=speed
        )

    async def _reply(self) -> None:
        """Have every agent say a word to who waits for one."""
        async with OneQueue(self._api, self._kept.key) as queue:
            while True:
                taken = await self._taken.get()
                if taken.account in WORDLESS:
                    continue
                text = f"{_name(taken.agent_id)} has taken it. Reference: {taken.interaction_id}"
                try:
                    await queue.conversations.say(
                        taken.conversation_id, text=text, agent_id=taken.agent_id
                    )
                except ClientError as error:
                    raise MediumFailed(taken.account, f"no reply: {error}") from error


@asynccontextmanager
async def media_beside(folder: Path) -> AsyncIterator[MediaBeside]:
    """What the media of a demo need; its adapters' files are written into the folder."""
    replies: list[str] = []
    async with outside_world(replies) as outside:
        beside = MediaBeside(outside, replies, folder)
        try:
            yield beside
        finally:
            await beside.close()


def _invitation(doors: Doors) -> Iterator[str]:
    for medium, why in left_out().items():
        yield f"Without {medium}: {why}."
    yield f"Be a customer yourself, by chat: {doors.chat}/ or by a form: {doors.forms}/contact"


def _name(agent_id: str) -> str:
    return agent_id.replace(".", " ").title()
