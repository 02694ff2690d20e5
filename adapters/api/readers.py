"""Readers: processes beside the API that read the journal from end to end, so that its loop never
stalls, however long that takes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, Final, TypeVar

from adapters.api.problems import ProblemError, retry_after
from adapters.child_process import end_this_with_parent

__all__ = ("Readers",)

WAITING_MAX: Final = 16
"""Questions that wait or are being answered; more would wait for longer than anybody does."""

NICE: Final = 5

Answer = TypeVar("Answer")


class Readers:
    """One process for the questions that go on where the last one ended, one for all others; each
    is started when it is needed first."""

    def __init__(self) -> None:
        self._live: ProcessPoolExecutor | None = None
        self._past: ProcessPoolExecutor | None = None
        self._waiting = 0

    async def past(
        self, question: Callable[..., Answer], *arguments: Any, **options: Any
    ) -> Answer:
        """The answer to a question about the past. Raises :class:`ProblemError` when too many
        wait, and what the question raises."""
        if self._past is None:
            self._past = _started()
        return await self._ask(self._past, partial(question, *arguments, **options))

    async def live(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """The same for a question whose process remembers something."""
        if self._live is None:
            self._live = _started()
        return await self._ask(self._live, partial(question, *arguments))

    def close(self) -> None:
        """End the processes, whatever they do."""
        for pool in (self._live, self._past):
            if pool is not None:
                for process in list((pool._processes or {}).values()):  # noqa: SLF001  # it has no other way
                    process.terminate()
                pool.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, pool: ProcessPoolExecutor, question: Callable[[], Answer]) -> Answer:
        if self._waiting >= WAITING_MAX:
            detail = f"{WAITING_MAX} questions about the journal are being answered"
            raise ProblemError("busy", detail, headers=retry_after(5_000))
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(pool, question)
        except BrokenProcessPool:
            self._forget(pool)
            raise ProblemError(
                "busy", "the reader has ended", headers={"Retry-After": "1"}
            ) from None
        finally:
            self._waiting -= 1

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        if pool is self._live:
            self._live = None
        if pool is self._past:
            self._past = None


def _started() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(os.getpid(),),
    )


def _begin(parent: int) -> None:
    """Give way to whoever serves, leave Ctrl-C to them, and end with them."""
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_this_with_parent(parent)
