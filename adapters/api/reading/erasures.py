"""Erasures: each runs in a process of its own, for as long as it takes, whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from adapters.api.problems import ProblemError, retry_after
from adapters.process.child_pool import child_pool, end_pool

__all__ = ("Erasures",)

RUNNING_MAX: Final = 2
"""Each is a process that reads a whole history."""

END_S_MAX: Final = 300.0
AGAIN_MS: Final = 5_000

Answer = TypeVar("Answer")


class _Running(NamedTuple):
    pool: ProcessPoolExecutor
    task: asyncio.Task[Any]


class Erasures:
    """Those of all tenants of this process, of each tenant one at a time."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    async def run(self, tenant: str, work: Callable[..., Answer], *arguments: Any) -> Answer:
        """What ``work`` answers; it goes on when nobody waits for that any more. Raises
        :class:`ProblemError` while one of the tenant's runs, and what the work raises."""
        if tenant in self._running:
            raise _busy("an erasure of this tenant runs")
        if len(self._running) >= RUNNING_MAX:
            raise _busy(f"{RUNNING_MAX} erasures run")
        pool = child_pool()
        task = asyncio.create_task(self._run(tenant, pool, partial(work, *arguments)))
        task.add_done_callback(_looked_at)
        self._running[tenant] = _Running(pool, task)
        return await asyncio.shield(task)

    async def end(self) -> None:
        """Wait until those that run have ended. One that takes very long is killed: it goes on when
        it is asked for again."""
        running = list(self._running.values())
        if not running:
            return
        await asyncio.wait([each.task for each in running], timeout=END_S_MAX)
        for each in self._running.values():
            end_pool(each.pool)

    async def _run(
        self, tenant: str, pool: ProcessPoolExecutor, work: Callable[[], Answer]
    ) -> Answer:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except BrokenProcessPool:
            raise _busy("the erasure was ended: ask for it again") from None
        finally:
            del self._running[tenant]
            pool.shutdown(wait=False)


def _busy(detail: str) -> ProblemError:
    return ProblemError("busy", detail, headers=retry_after(AGAIN_MS))


def _looked_at(task: asyncio.Task[Any]) -> None:
    """Nobody may wait for it any more."""
    if not task.cancelled():
        task.exception()
