"""A desk without an API, for tests of media: it writes down what happens, and may end a medium."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Unpack

from adapters.client.message_models import Address, DialogueMessage, Said
from adapters.client.message_terms import DeliveryTerms, SayTerms
from adapters.media.checkpoint import CheckpointFile
from adapters.media.plugin import Heard

__all__ = ("Ended", "Notebook", "NotebookDesk")

ACCOUNT: Final = "desk"
LOOK_S: Final = 0.005


class Ended(BaseException):
    """The process of the medium ends here; nothing catches it."""


class Notebook:
    """What OneQueue would know: what was said by its id, and the reply to each until it is sent. It
    outlasts the desks at which it is written."""

    def __init__(self) -> None:
        self.heard: dict[str, Heard] = {}
        self.replies: list[DialogueMessage] = []
        self.unsent: dict[str, DialogueMessage] = {}
        self.reports: list[tuple[str, str]] = []

    def names_of(self, text: str) -> list[str]:
        """The ids under which a text was said."""
        return [name for name, one in self.heard.items() if text in one.get("text", "")]

    def is_done(self, texts: Sequence[str]) -> bool:
        """Whether all of these were said, and all replies sent."""
        return all(self.names_of(text) for text in texts) and not self.unsent

    def hear(self, message: Heard) -> Said:
        """Write down what was said; the first time, an agent answers."""
        name = message["message_id"]
        is_repeated = name in self.heard
        if not is_repeated:
            self.heard[name] = message
            self._answer(message)
        return Said(
            message_id=name,
            conversation_id=f"of {name}",
            interaction_id=f"{ACCOUNT}:{name}",
            is_new=True,
            repeated=is_repeated,
        )

    def report(self, message_id: str, report: Mapping[str, Any]) -> None:
        """Write down what became of a reply."""
        self.reports.append((message_id, report["state"]))
        self.unsent.pop(message_id, None)

    def say(self, conversation_id: str, message: SayTerms) -> None:
        """Write down what the medium itself has said, once for each id."""
        if any(one.message_id == message["message_id"] for one in self.replies):
            return
        reply = DialogueMessage(
            message_id=message["message_id"],
            conversation_id=conversation_id,
            account=ACCOUNT,
            channel=message.get("channel", ""),
            direction="out",
            at_ms=0,
            recipients=tuple(Address(**each) for each in message.get("recipients", ())),
            subject=message.get("subject", ""),
            text=message.get("text", ""),
            thread=tuple(message.get("thread", ())),
        )
        self.replies.append(reply)
        self.unsent[reply.message_id] = reply

    def _answer(self, message: Heard) -> None:
        sender = message.get("sender")
        reply = DialogueMessage(
            message_id=f"reply-{len(self.replies)}",
            conversation_id=f"of {message['message_id']}",
            account=ACCOUNT,
            channel=message["channel"],
            direction="out",
            at_ms=0,
            recipients=(Address(**sender),) if sender else (),
            subject=message.get("subject", ""),
            text=f"in answer to {message.get('text', '').strip()}",
            thread=(*message.get("thread", ()), message["message_id"]),
        )
        self.replies.append(reply)
        self.unsent[reply.message_id] = reply


class NotebookDesk:
    """A desk at which a notebook is written, as :class:`adapters.media.plugin.Desk` describes it.

    Step ``end_at`` ends the medium (-1: none does): even steps are before something is done, odd
    ones after it. ``at`` says what that was.
    """

    account = ACCOUNT

    def __init__(self, notebook: Notebook, checkpoint: CheckpointFile, end_at: int) -> None:
        self._notebook = notebook
        self._file = checkpoint
        self._end_at = end_at
        self._steps = 0
        self.stop = asyncio.Event()
        self.has_ended = False
        self.is_connected = False
        self.at = ""

    @property
    def checkpoint(self) -> NotebookDesk:
        """What the medium remembers; to save it is a step, too."""
        return self

    @property
    def folder(self) -> Path:
        """A folder for the medium alone."""
        return self._file.folder

    def of(self, account: str) -> NotebookDesk:
        """The same desk: what is written down is told apart by the ids of messages."""
        return self

    def load(self) -> dict[str, Any]:
        """What was saved last."""
        return self._file.load()

    def save(self, value: Mapping[str, Any]) -> None:
        """Remember this."""
        self._step("before save")
        self._file.save(value)
        self._step("after save")

    async def said(self, **message: Unpack[Heard]) -> Said:
        """Hand in what a customer has said."""
        self._step("before said")
        said = self._notebook.hear(message)
        self._step("after said")
        return said

    async def outgoing(self) -> AsyncIterator[DialogueMessage]:
        """What is to be sent, until the medium is to end."""
        given: set[str] = set()
        while not self.stop.is_set():
            for name, message in list(self._notebook.unsent.items()):
                if name not in given:
                    given.add(name)
                    self._step("before outgoing")
                    yield message
                    self._step("after outgoing")
            await asyncio.sleep(LOOK_S)

    async def delivered(self, message_id: str, **report: Unpack[DeliveryTerms]) -> None:
        """Report what became of a message."""
        self._step("before delivered")
        self._notebook.report(message_id, report)
        self._step("after delivered")

    async def reply(self, conversation_id: str, **message: Unpack[SayTerms]) -> None:
        """Have something said by the medium itself."""
        self._step("before reply")
        self._notebook.say(conversation_id, message)
        self._step("after reply")

    async def wait_s(self, interaction_id: str) -> float | None:
        """Nobody waits here."""
        return None

    @property
    def queue(self) -> None:
        """There is no API."""
        return None

    def show(self, name: str, value: float) -> None:
        """Nobody looks."""

    def connected(self) -> None:
        """The other side can be reached."""
        self.is_connected = True

    def disconnected(self, why: str) -> None:
        """It cannot."""
        self.is_connected = False

    def _step(self, at: str) -> None:
        if self._steps == self._end_at or self.has_ended:
            self.has_ended = True
            self.at = self.at or at
            raise Ended
        self._steps += 1
