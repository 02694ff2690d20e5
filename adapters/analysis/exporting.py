"""The process that exports for analysis: one at a time of a tenant, until it is asked to stop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import redis
import structlog
from msgspec import Struct

from adapters.analysis.errors import AnalysisUnusable
from adapters.analysis.exporter import Exporter, Limits
from adapters.analysis.layout import Layout
from adapters.archive.errors import ArchiveUnusable
from adapters.archive.lock import locked
from adapters.history import JournalMissing, open_history
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint
from router.backoff import Backoff

__all__ = ("AnalysisOrder", "Exported", "export_for_analysis")

BLOCK_MS: Final = 1_000
WAITING: Final = "waiting: another exporter works"


class AnalysisOrder(Struct, frozen=True, kw_only=True):
    """What to export, where to, and how. ``connect`` opens the client that reads the journal."""

    endpoint: Endpoint
    connect: Callable[[], redis.Redis]
    keys: Keys
    directory: Path
    archive: Path | None
    limits: Limits
    follow: bool
    """Go on until stopped; else export what there is by now."""


class Exported(Struct, frozen=True):
    """What is exported in all: events, the last record, and what this call has added."""

    events: int
    position: str
    added: int


async def export_for_analysis(
    order: AnalysisOrder, logger: structlog.stdlib.BoundLogger
) -> Exported:
    """Export until SIGTERM or SIGINT, or (without ``follow``) what there is by now.

    Raises :class:`AnalysisUnusable`, :class:`ExportParted`, :class:`JournalMissing` and whatever
    the server or the archive says that will not change.
    """
    lease = Lease(order.endpoint, order.keys.analysis_exporter, process_id(), PATIENT_TERMS)
    stopped = asyncio.Event()
    work = _Work(order, logger)
    try:
        with stop_signals(stopped.set):
            while not (stopped.is_set() or work.is_done):
                waiting = wait_for_turn(lease, order.endpoint, WAITING, logger)
                await first_of(stopped.wait(), waiting)
                if not stopped.is_set():
                    await _turn(order, work, lease, stopped)
            await give_up(lease.release())
    finally:
        await lease.close()
    return work.exported


async def _turn(order: AnalysisOrder, work: _Work, lease: Lease, stopped: asyncio.Event) -> None:
    """Work until it is done, stopped, or somebody else has taken the lease."""

    async def end() -> None:
        await first_of(stopped.wait(), until_lost(lease))
        work.halt.set()

    work.halt.clear()
    ending = asyncio.create_task(end())
    try:
        with locked(Layout(order.directory, order.keys.tenant).root):
            await asyncio.to_thread(work.run)
    except ArchiveUnusable as error:
        if not error.problem.startswith("another process"):
            raise
        remedy = "one export at a time; stop the other one, or name another directory"
        raise AnalysisUnusable(order.directory, error.problem, remedy) from None
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)


class _Work:
    """Exports in a thread of its own, until ``halt`` is set."""

    def __init__(self, order: AnalysisOrder, logger: structlog.stdlib.BoundLogger) -> None:
        self._order = order
        self._log = logger
        self.halt = threading.Event()
        self.is_done = False
        self._exporter = Exporter(order.directory, order.keys.tenant, order.limits)
        self._before: int | None = None
        self._told = ""
        self.exported = Exported(0, "", 0)

    def run(self) -> None:
        """Until halted, or all there is has been exported. Raises what will not change."""
        backoff = Backoff()
        while not self.halt.is_set():
            try:
                with closing(self._order.connect()) as client:
                    self._session(client, backoff)
            except (redis.ConnectionError, redis.TimeoutError, OSError, JournalMissing) as error:
                if not self._order.follow:
                    raise
                self._again(error, backoff)
            else:
                return

    def _again(self, error: Exception, backoff: Backoff) -> None:
        if not backoff.attempt:
            self._log.warning("interrupted, trying again", error=str(error))
        self.halt.wait(backoff.next_s())

    def _session(self, client: redis.Redis, backoff: Backoff) -> None:
        history = open_history(client, self._order.keys.tenant, self._order.archive)
        self._exporter.begin(history)
        if self._before is None:
            self._before = self._exporter.events
        self._tell(client)
        block_ms = BLOCK_MS if self._order.follow else 0
        while not self.halt.is_set():
            count = self._exporter.step(_now_ms(), block_ms)
            backoff.reset()
            self._tell(client)
            if not count and not self._order.follow:
                self.is_done = True
                break
        self._exporter.commit()
        self._tell(client)

    def _tell(self, client: redis.Redis) -> None:
        """Say on the server how far it is, so that others know that there is an export."""
        exporter = self._exporter
        if exporter.committed == self._told:
            return
        self._told = exporter.committed
        client.set(self._order.keys.analysis_exported, self._told)
        self.exported = Exported(exporter.events, self._told, exporter.events - (self._before or 0))
        self._log.info("committed", upto=self._told, events=exporter.events)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
