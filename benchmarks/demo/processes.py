"""Child processes: each with a log file, watched, and stopped at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from adapters.process.child_process import end_with_parent
from benchmarks.demo.log_lines import last_words, said
from router.errors import OneQueueError

__all__ = ("ChildDied", "Children", "NotReady", "start_module", "start_program")

Result = TypeVar("Result")

STOP_S_MAX: Final = 8.0


class ChildDied(OneQueueError):
    """A process that should have lived has ended; ``log_tail`` holds its last lines."""

    def __init__(self, name: str, status: int, log_tail: str) -> None:
        super().__init__(name, status, log_tail)
        self.name = name
        self.status = status
        self.log_tail = log_tail

    def __str__(self) -> str:
        tail = self.log_tail or "(it said nothing)"
        return f"{self.name} ended with status {self.status}; its last lines:\n{tail}"


class NotReady(OneQueueError):
    """Something did not come up in time."""

    def __init__(self, waiting_for: str, waited_s: float, logs: Path) -> None:
        super().__init__(waiting_for, waited_s, logs)
        self.waiting_for = waiting_for
        self.waited_s = waited_s
        self.logs = logs

    def __str__(self) -> str:
        return f"waited {self.waited_s:.0f} s for {self.waiting_for}; the logs are in {self.logs}"


async def start_module(
    module: str,
    arguments: Sequence[str],
    log: IO[bytes],
    environment: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Run ``python -m module arguments``; it ends with us, however we end. ``environment`` is added
    to ours. The code is the one that we run: not what happens to lie in the working directory."""
    command = (sys.executable, "-P", "-m", module, *arguments)
    return await start_program(command, log, environment)


async def start_program(
    command: Sequence[str], log: IO[bytes], environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Run a program, as :func:`start_module` does."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, **(environment or {})},
        # Ctrl-C in the terminal is for us alone; we stop the children in order
        start_new_session=True,
        preexec_fn=end_with_parent(),
    )


class Children:
    """Programs, and modules of Python, run as processes of their own, with their output in
    ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._death: asyncio.Future[ChildDied] = asyncio.get_running_loop().create_future()

    async def start(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        may_end: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run ``python -m module arguments``; ``may_end``: its work may be done before ours is."""
        with self.log(name).open("wb") as log:
            process = await start_module(module, arguments, log, environment)
        self._watch_over(name, process, may_end=may_end)

    async def start_program(self, name: str, command: Sequence[str]) -> None:
        """Run a program that is to live as long as we do."""
        with self.log(name).open("wb") as log:
            process = await start_program(command, log)
        self._watch_over(name, process, may_end=False)

    def _watch_over(self, name: str, process: asyncio.subprocess.Process, *, may_end: bool) -> None:
        self._running[name] = process
        watcher = asyncio.create_task(self._watch(name, process, may_end=may_end))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def said(self, name: str, event: str, wait_s: float, **having: object) -> dict[str, Any]:
        """The first line of a child's log, written as JSON, about an event that has these fields.
        Raises ``NotStarted``."""
        return await said(self.log(name), event, wait_s, **having)

    async def supervise(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of ``work``. Raises :class:`ChildDied` as soon as a child ends too early."""
        task = asyncio.create_task(work)
        either: set[asyncio.Future[Any]] = {task, self._death}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise self._death.result()
            return task.result()
        finally:
            task.cancel()

    async def stop(self, name: str) -> None:
        """Ask a child to end, and end it if it does not."""
        process = self._running.pop(name, None)
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await process.wait()
        except TimeoutError:
            _end_group(process.pid)
            await process.wait()

    async def stop_all(self) -> None:
        """Stop every child, the last started first."""
        for name in reversed(list(self._running)):
            await self.stop(name)

    def signal(self, name: str, number: int) -> None:
        """Send a child a signal, if it runs."""
        process = self._running.get(name)
        if process is not None and process.returncode is None:
            process.send_signal(number)

    def pids(self) -> dict[str, int]:
        """The process ids of all that run."""
        return {name: child.pid for name, child in self._running.items()}

    def log(self, name: str) -> Path:
        """Where a child's output goes."""
        return self._directory / f"{name}.log"

    async def _watch(
        self, name: str, process: asyncio.subprocess.Process, *, may_end: bool
    ) -> None:
        status = await process.wait()
        _end_group(process.pid)  # a program may have processes of its own, which outlive it
        stopped_by_us = name not in self._running
        if stopped_by_us or (may_end and status == 0) or self._death.done():
            return
        self._death.set_result(ChildDied(name, status, last_words(self.log(name))))


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError):  # they have all ended
        os.killpg(leader, signal.SIGKILL)
