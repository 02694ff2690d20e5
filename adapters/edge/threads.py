"""Blocking calls beside the event loop, at most so many at once.

A thread cannot be stopped. One whose answer nobody waits for any more keeps its slot until it ends,
so a function that hangs takes slots from its own rule and from nothing else. The threads are
daemons: they do not hold up the end of the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

__all__ = ("Threads",)

T = TypeVar("T")


class Threads:
    """Slots for calls; those that must wait for one are served in their order."""

    def __init__(self, most: int) -> None:
        self._slots = asyncio.Semaphore(most)

    @asynccontextmanager
    async def slot(self, begin: Callable[[], None]) -> AsyncIterator[None]:
        """A slot for work that needs no thread; ``begin`` is called when there is one."""
        async with self._slots:
            begin()
            yield

    async def run(self, call: Callable[[], T], begin: Callable[[], None]) -> T:
        """What ``call`` returns, or raises, in a thread of its own, when there is a slot."""
        await self._slots.acquire()
        begin()
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        threading.Thread(target=self._work, args=(call, outcome), daemon=True).start()
        return await outcome

    def _work(self, call: Callable[[], T], outcome: asyncio.Future[T]) -> None:
        tell: Callable[[], None]
        try:
            tell = partial(outcome.set_result, call())
        except BaseException as error:  # noqa: BLE001  # it is for whoever waits
            tell = partial(outcome.set_exception, error)
        with suppress(RuntimeError):  # the loop may have ended before
            outcome.get_loop().call_soon_threadsafe(self._end, outcome, tell)

    def _end(self, outcome: asyncio.Future[T], tell: Callable[[], None]) -> None:
        self._slots.release()
        if not outcome.done():
            tell()
