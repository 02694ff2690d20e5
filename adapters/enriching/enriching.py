"""Enriching commands within a deadline: what comes late, or fails, is left out and counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from adapters.edge.breaker import Breaker
from adapters.enriching.asking import customer_at, known_of
from adapters.enriching.facts import FactTerms, facts_of
from adapters.record.database import Database

__all__ = ("Counts", "Enriching", "EnrichingTerms", "Result")

FAILURES_MAX: Final = 5
PAUSE_S: Final = 5.0
"""After so many failures in a row nobody is held up by the database for so long."""

UNDER_WAY_MAX: Final = 32
"""Questions at once, those included whose answer nobody waits for any more."""

GIVEN_UP_S: Final = 10.0
"""After the deadline: a database that never answers must not keep their places for ever."""

Answer = TypeVar("Answer")


class Result(StrEnum):
    """What became of one enrichment."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    """Nothing is known of this customer."""
    LATE = "late"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not asked: too many are, or the database fails."""


class EnrichingTerms(Struct, frozen=True, kw_only=True):
    """How long to wait, and how outcomes are read."""

    deadline_s: float = 0.02
    facts: FactTerms = FactTerms()


class Counts(Protocol):
    """Is told of each enrichment."""

    def enriched(self, result: str, took_s: float) -> None:
        """It has come to its end, for who waits for it."""
        ...


class Enriching:
    """The record of one tenant, asked before a command is sent."""

    def __init__(
        self, database: Database, tenant: str, terms: EnrichingTerms, counts: Counts
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._terms = terms
        self._counts = counts
        self._breaker = Breaker(FAILURES_MAX, PAUSE_S)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def enrich(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """The command ``create`` with ``history``, where it names a customer and says none itself
        and the record knows something in time; else as it is."""
        customer_id = command.get("customer_id", "")
        if not customer_id or command.get("history"):
            return dict(command)
        began_s = time.monotonic()
        result, known = await self._ask(known_of(self._database, self._tenant, customer_id))
        facts: list[dict[str, Any]] = []
        if known is not None:
            queue, conversation = command.get("queue") or "", command.get("conversation_id", "")
            facts = facts_of(known, queue, conversation, self._terms.facts)
            result = Result.KNOWN if facts else Result.UNKNOWN
        self._counts.enriched(result, time.monotonic() - began_s)
        return {**command, "history": facts} if facts else dict(command)

    async def customer_at(self, medium: str, address: str) -> str:
        """The customer who is met at an address; "": nobody who is known in time."""
        began_s = time.monotonic()
        asked = customer_at(self._database, self._tenant, medium, address)
        result, found = await self._ask(asked)
        if found is not None:
            result = Result.KNOWN if found else Result.UNKNOWN
        self._counts.enriched(result, time.monotonic() - began_s)
        return found or ""

    async def close(self) -> None:
        """End what nobody waits for any more."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _ask(self, work: Coroutine[Any, Any, Answer]) -> tuple[Result, Answer | None]:
        if len(self._under_way) >= UNDER_WAY_MAX or not self._breaker.passes(time.monotonic()):
            work.close()
            return Result.SKIPPED, None
        task = asyncio.create_task(_within(self._terms.deadline_s + GIVEN_UP_S, work))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        # it is left to its end for a while: to break it off would cost a connection
        await asyncio.wait((task,), timeout=self._terms.deadline_s)
        if not task.done():
            return Result.LATE, None
        if task.exception() is not None:
            return Result.FAILED, None
        return Result.KNOWN, task.result()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            return
        if task.exception() is None:
            self._breaker.succeeded()
        else:
            self._breaker.failed(time.monotonic())


async def _within(most_s: float, work: Coroutine[Any, Any, Answer]) -> Answer:
    async with asyncio.timeout(most_s):
        return await work
