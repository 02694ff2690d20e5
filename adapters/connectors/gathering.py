"""Asking all sources at once: each within its deadline, from its cache where that is new enough."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from adapters.connectors.asking import Asked, asked
from adapters.connectors.document import Connectors, Source
from adapters.connectors.facts import Answer, SourceFailed, SourceView
from adapters.edge.breaker import Breaker

__all__ = ("Gathering",)

CACHE_MAX: Final = 10_000
"""Customers that are remembered of one source."""

FAILURES_MAX: Final = 3
PAUSE_S: Final = 10.0
UNDER_WAY_MAX: Final = 32
"""Of one source at once, those included whose answer nobody waits for any more."""

GIVEN_UP_S: Final = 10.0
"""After a deadline has passed: a source that never answers must not keep its places for ever."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Gathering:
    """All sources of a file. Raises :class:`SecretError` and :class:`RecordUrlError` when made."""

    def __init__(self, connectors: Connectors, now_ms: Callable[[], int] = _now_ms) -> None:
        self._sources = [
            _Source(name, source, asked(source, now_ms), now_ms)
            for name, source in connectors.sources.items()
        ]

    async def gather(self, customer_id: str) -> list[SourceView]:
        """What each source says of a customer, in the order of the file; never fails, and takes no
        longer than the longest deadline."""
        return list(await asyncio.gather(*(one.ask(customer_id) for one in self._sources)))

    async def close(self) -> None:
        """Close the connections."""
        for one in self._sources:
            await one.close()


class _Source:
    def __init__(self, name: str, source: Source, way: Asked, now_ms: Callable[[], int]) -> None:
        self._name = name
        self._source = source
        self._way = way
        self._now_ms = now_ms
        self._breaker = Breaker(FAILURES_MAX, PAUSE_S)
        self._cache: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def ask(self, customer_id: str) -> SourceView:
        """What is known, asked or remembered."""
        kept = self._cache.get(customer_id)
        now_s = time.monotonic()
        if kept is not None and now_s - kept[0] < self._source.cache_s:
            return self._view("cached", kept[1])
        state, answer = await self._fresh(customer_id)
        if answer is not None:
            return self._view(state, answer)
        if kept is not None and now_s - kept[0] < self._source.stale_s:
            return self._view("stale", kept[1])
        return self._view(state, Answer({}, 0))

    async def close(self) -> None:
        """End what nobody waits for, and close the connections."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._way.close()

    async def _fresh(self, customer_id: str) -> tuple[str, Answer | None]:
        is_full = len(self._under_way) >= UNDER_WAY_MAX
        if is_full or not self._breaker.passes(time.monotonic()):
            return "failed", None
        task = asyncio.create_task(self._asked(customer_id))
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._ended(customer_id, done))
        await asyncio.wait((task,), timeout=self._source.deadline_ms / 1_000)
        if not task.done():
            return "late", None
        if task.exception() is not None:
            return "failed", None
        return "fresh", task.result()

    async def _asked(self, customer_id: str) -> Answer:
        async with asyncio.timeout(self._source.deadline_ms / 1_000 + GIVEN_UP_S):
            return await self._way.ask(customer_id)

    def _ended(self, customer_id: str, task: asyncio.Task[Answer]) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        if isinstance(task.exception(), SourceFailed | TimeoutError | OSError):
            self._breaker.failed(time.monotonic())
        elif task.exception() is None:
            self._breaker.succeeded()
            self._keep(customer_id, task.result())

    def _keep(self, customer_id: str, answer: Answer) -> None:
        """An answer that comes too late is there for the next who asks."""
        self._cache[customer_id] = (time.monotonic(), answer)
        self._cache.move_to_end(customer_id)
        if len(self._cache) > CACHE_MAX:
            self._cache.popitem(last=False)

    def _view(self, state: str, answer: Answer) -> SourceView:
        age_ms = max(0, self._now_ms() - answer.as_of_ms) if answer.as_of_ms else 0
        return SourceView(
            source=self._name,
            state=state,
            facts=dict(answer.facts),
            as_of_ms=answer.as_of_ms,
            age_ms=age_ms,
        )
