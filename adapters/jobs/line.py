"""The line of one API process: jobs wait for their turn, run as children, and are told of."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog
from msgspec.structs import replace

from adapters.jobs.child import ChildLimits, Report, run_child
from adapters.jobs.errors import JobFailed, LineFull, TooManyJobs
from adapters.jobs.job import Asked, Job, JobState, Standing
from adapters.jobs.store import JobStore
from adapters.process.fair_turns import FairTurns
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("ONEQUEUE", "InFolder", "JobLine", "LineLimits", "Order")

ONEQUEUE: Final = (sys.executable, "-m", "adapters.cli.main")
"""The program of every child: the command line of this very release."""

BEAT_S: Final = 1.0
"""How often it is said how a job stands, and asked whether it is still wanted."""

LAST_WORD_S: Final = 20.0
END_S: Final = 5.0
"""How long the server may be away when a job ends, and when this process does."""


class InFolder(NamedTuple):
    """An argument that is the path of one of the child's files."""

    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do: its arguments, its files, and what only its environment may hold."""

    arguments: Sequence[str | InFolder]
    files: Mapping[str, bytes]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineLimits:
    """How many run at once, how many may wait or run (of each tenant, in all), and what each
    child may take."""

    running_max: int
    unended_each_max: int
    unended_max: int
    child: ChildLimits


class JobLine:
    """Jobs of all tenants of this process. Tenants take turns."""

    def __init__(
        self,
        limits: LineLimits,
        logger: structlog.stdlib.BoundLogger,
        program: Sequence[str] = ONEQUEUE,
    ) -> None:
        self._limits = limits
        self._logger = logger
        self._program = program
        self._turns = FairTurns(limits.running_max)
        self._unended: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(
        self,
        store: JobStore,
        asked: Asked,
        documents: Mapping[str, Any],
        order: Order,
        audit: bytes,
    ) -> Job:
        """Keep a job and put it in the line. Raises :class:`TooManyJobs`, :class:`LineFull` and
        :class:`StoreUnavailable`."""
        self._require_room(store.tenant)
        self._unended[store.tenant] += 1
        try:
            standing = await store.create(asked, documents, audit)
        except BaseException:
            self._forget(store.tenant)
            raise
        task = asyncio.create_task(self._live(_Running(store, asked, order, standing)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Job(asked=asked, standing=standing, documents=dict(documents))

    async def end(self) -> None:
        """End all that run, and say so of them and of all that wait."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _require_room(self, tenant: str) -> None:
        if self._unended[tenant] >= self._limits.unended_each_max:
            raise TooManyJobs(self._limits.unended_each_max)
        if self._unended.total() >= self._limits.unended_max:
            raise LineFull(self._limits.unended_max)

    def _forget(self, tenant: str) -> None:
        self._unended[tenant] -= 1
        if not self._unended[tenant]:
            del self._unended[tenant]

    async def _live(self, running: _Running) -> None:
        """From the line to the last word of it."""
        performing = asyncio.create_task(self._perform(running))
        patience_s = LAST_WORD_S
        try:
            while not performing.done() and await running.tell():
                await asyncio.wait({performing}, timeout=BEAT_S)
        except asyncio.CancelledError:
            patience_s = END_S
            running.lose()
        finally:
            performing.cancel()
            (outcome,) = await asyncio.gather(performing, return_exceptions=True)
            self._forget(running.store.tenant)
            running.end(outcome)
            if running.standing.state is JobState.FAILED:
                self._logger.warning("job failed", job=running.asked.id, kind=running.asked.kind)
            await running.tell_last(patience_s)

    async def _perform(self, running: _Running) -> None:
        async with self._turns.turn(running.store.tenant):
            running.begin()
            folder = Path(tempfile.mkdtemp(prefix="onequeue-job-"))
            try:
                await asyncio.to_thread(_write, folder, running.order.files)
                argv = [
                    *self._program,
                    *(_argument(each, folder) for each in running.order.arguments),
                ]
                # its own files lie there too, and go with the folder when it is killed
                environment = {**running.order.environment, "TMPDIR": str(folder)}
                await run_child(argv, environment, self._limits.child, running.report)
            finally:
                await asyncio.to_thread(partial(shutil.rmtree, folder, ignore_errors=True))


class _Running:
    """One job that waits or runs here."""

    def __init__(self, store: JobStore, asked: Asked, order: Order, standing: Standing) -> None:
        self.store, self.asked, self.order, self.standing = store, asked, order, standing
        self.report = Report()
        self._told = 0

    def begin(self) -> None:
        """It is its turn."""
        self.standing = replace(self.standing, state=JobState.RUNNING)

    def lose(self) -> None:
        """This process ends."""
        failure = "the process that had it has ended: ask again"
        self.standing = replace(self.standing, state=JobState.LOST, failure=failure)

    def end(self, outcome: BaseException | None) -> None:
        """Its child has ended so."""
        if self.standing.state is JobState.LOST:
            return
        state, failure = JobState.DONE, ""
        if isinstance(outcome, asyncio.CancelledError):
            state = JobState.CANCELLED
        elif outcome is not None:
            state = JobState.FAILED
            failure = outcome.reason if isinstance(outcome, JobFailed) else _internal(outcome)
        self.standing = replace(self.standing, state=state, failure=failure)

    async def tell(self) -> bool:
        """Say how it stands; whether it is still wanted, as far as anybody knows."""
        try:
            return await self._told_store()
        except StoreUnavailable:
            return True

    async def tell_last(self, patience_s: float) -> None:
        """Say how it ended, while the server may be away for a while."""
        backoff = Backoff()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while True:
                    try:
                        await self._told_store()
                    except StoreUnavailable:
                        await asyncio.sleep(backoff.next_s())
                    else:
                        return

    async def _told_store(self) -> bool:
        report, news = self.report, self.report.news
        is_final = report.is_final and self.standing.state is JobState.DONE
        standing = replace(self.standing, progress=report.progress, is_final=is_final)
        result = report.result if news != self._told else None
        written, is_wanted = await self.store.report(self.asked.id, standing, result)
        times = {"began_ms": written.began_ms, "ended_ms": written.ended_ms}
        self.standing = replace(self.standing, **times)
        self._told = news
        return is_wanted


def _internal(error: BaseException) -> str:
    return f"it could not be run: {type(error).__name__}"


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _argument(argument: str | InFolder, folder: Path) -> str:
    return str(folder / argument.name) if isinstance(argument, InFolder) else argument
