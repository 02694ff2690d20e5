"""Readers: processes beside the API that read the journal from end to end, so that its loop never
stalls, however long that takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

from adapters.api.problems import ProblemError, retry_after
from adapters.process.child_pool import child_pool, end_pool
from adapters.process.fair_turns import FairTurns

__all__ = ("Readers",)

WAITING_EACH_MAX: Final = 8
"""Questions of one tenant that wait or are being answered; more would wait for longer than anybody
does."""

WAITING_MAX: Final = 64
"""Of all tenants."""

NICE: Final = 5

Answer = TypeVar("Answer")


class Readers:
    """One process for the questions that go on where the last one ended, one for all others; each
    is started when it is needed first."""

    def __init__(self) -> None:
        self._live: ProcessPoolExecutor | None = None
        self._past: ProcessPoolExecutor | None = None
        self._live_turns, self._past_turns = FairTurns(), FairTurns()
        self._waiting: Counter[str] = Counter()

    async def past(
        self, tenant: str, question: Callable[..., Answer], *arguments: Any, **options: Any
    ) -> Answer:
        """The answer to a tenant's question about the past. Raises :class:`ProblemError` when too
        many wait, and what the question raises."""
        asked = partial(question, *arguments, **options)
        with self._counted(tenant):
            async with self._past_turns.turn(tenant):
                if self._past is None:
                    self._past = child_pool(NICE)
                return await self._ask(self._past, asked)

    async def live(self, tenant: str, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """The same for a question whose process remembers something."""
        with self._counted(tenant):
            async with self._live_turns.turn(tenant):
                if self._live is None:
                    self._live = child_pool(NICE)
                return await self._ask(self._live, partial(question, *arguments))

    def close(self) -> None:
        """End the processes, whatever they do."""
        for pool in (self._live, self._past):
            if pool is not None:
                end_pool(pool)

    @contextmanager
    def _counted(self, tenant: str) -> Iterator[None]:
        if self._waiting[tenant] >= WAITING_EACH_MAX or self._waiting.total() >= WAITING_MAX:
            detail = f"{self._waiting[tenant]} of your questions about the journal wait"
            raise ProblemError("busy", detail, headers=retry_after(5_000))
        self._waiting[tenant] += 1
        try:
            yield
        finally:
            self._waiting[tenant] -= 1
            if not self._waiting[tenant]:
                del self._waiting[tenant]

    async def _ask(self, pool: ProcessPoolExecutor, question: Callable[[], Answer]) -> Answer:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, question)
        except BrokenProcessPool:
            self._forget(pool)
            raise ProblemError(
                "busy", "the reader has ended", headers={"Retry-After": "1"}
            ) from None

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        if pool is self._live:
            self._live = None
        if pool is self._past:
            self._past = None
