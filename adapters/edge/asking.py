"""Asking for one rule: in time or not at all, and not whoever keeps failing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from adapters.edge.answers import Answer, AnswerError
from adapters.edge.breaker import Breaker
from router.errors import OneQueueError

__all__ = ("Asking", "Outcome", "Source", "SourceError", "Told")

TOO_LATE: Final = "no answer within the deadline"


class SourceError(OneQueueError):
    """Whoever was asked has failed; ``reason`` holds nothing of the interaction."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Source(Protocol):
    """Somebody who can be asked."""

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        """The answer; ``begin`` is called when its turn has come.

        Raises :class:`SourceError`, :class:`AnswerError`, or TimeoutError for one that was silent.
        """
        ...

    def close(self) -> None:
        """Let go of what is kept for further questions."""
        ...


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    FAILED = "failed"
    LATE = "late"
    WRONG = "wrong"
    CROWDED = "crowded"
    """It was never asked: others were being asked for all that time."""

    PAUSED = "paused"
    """It was not asked, after too many failures."""


class Told(NamedTuple):
    """The answer to a question, or the reason why there is none; and how long that took."""

    outcome: Outcome
    answer: Answer | None = None
    reason: str = ""
    took_s: float = 0.0


class Asking:
    """Asks one source, each question for ``deadline_s`` at most, waiting for its turn included."""

    def __init__(
        self,
        source: Source,
        deadline_s: float,
        breaker: Breaker,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.breaker = breaker
        self._source = source
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def ask(self, interaction: Mapping[str, Any]) -> Told:
        """Ask about an interaction. Whether its answer was of use is for :meth:`judge` to hear."""
        begin_s = self._monotonic()
        if not self.breaker.passes(begin_s):
            return Told(Outcome.PAUSED, reason="asked again in a while")
        begun = asyncio.Event()
        task = asyncio.create_task(self._source.ask(interaction, begun.set))
        self._under_way.add(task)
        task.add_done_callback(self._forget)
        try:
            # not asyncio.timeout: a coroutine may take its time over being cancelled
            await asyncio.wait({task}, timeout=self._deadline_s)
            told = _told(task, begun=begun.is_set())
        finally:
            task.cancel()
        return told._replace(took_s=self._monotonic() - begin_s)

    def judge(self, outcome: Outcome) -> None:
        """Take in what became of a question that was asked."""
        if outcome is Outcome.ANSWERED:
            self.breaker.succeeded()
        elif outcome not in {Outcome.PAUSED, Outcome.CROWDED}:
            self.breaker.failed(self._monotonic())

    def close(self) -> None:
        """Ask no more."""
        self._source.close()

    def _forget(self, task: asyncio.Task[Answer]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # it was told, or came too late to be


def _told(task: asyncio.Task[Answer], *, begun: bool) -> Told:
    if not task.done() and not begun:
        return Told(Outcome.CROWDED, reason="its turn did not come within the deadline")
    if not task.done():
        return Told(Outcome.LATE, reason=TOO_LATE)
    try:
        return Told(Outcome.ANSWERED, task.result())
    except AnswerError as error:
        return Told(Outcome.WRONG, reason=error.detail)
    except SourceError as error:
        return Told(Outcome.FAILED, reason=error.reason)
    except TimeoutError:
        return Told(Outcome.LATE, reason=TOO_LATE)
    except Exception as error:  # noqa: BLE001  # a fault of ours must not hold up a command
        return Told(Outcome.FAILED, reason=type(error).__name__)
