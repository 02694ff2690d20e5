"""A child process that is killed, paused and started again; its log goes on through all lives."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.demo.log_lines import last_words
from benchmarks.demo.processes import ChildDied, start_module

__all__ = ("Child",)

STOP_S_MAX: Final = 15.0


class Child:
    """``python -m module arguments``, with its output in ``directory``."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._module, self._arguments = module, arguments
        self._process: asyncio.subprocess.Process | None = None
        self._told_to_end = False
        self.started_at_s = 0.0
        """In the loop's time."""

    @property
    def status(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.returncode if self._process is not None else None

    @property
    def ended_by_itself(self) -> bool:
        """Whether it has ended without having been told so."""
        return self.status is not None and not self._told_to_end

    async def start(self) -> None:
        """Start it, for the first time or again."""
        with self.log.open("ab") as log:
            process = await start_module(self._module, self._arguments, log)
        self._process, self._told_to_end = process, False
        self.started_at_s = asyncio.get_running_loop().time()

    async def kill(self) -> bool:
        """End it at once, whatever it is doing, paused or not; whether it was running."""
        if self._process is None or self.status is not None:
            return False
        self._told_to_end = True
        self.send(signal.SIGKILL)
        await self._process.wait()
        return True

    async def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self._process is None:
            return
        self._told_to_end = True
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop it meanwhile; should it be killed and started again, the new one is left alone."""
        process = self._process
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            if process is self._process:
                self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def require_alive(self, *, may_end: bool = False) -> None:
        """Raise :class:`ChildDied` if it has ended by itself (``may_end``: with another than 0)."""
        status = self.status
        if status is not None and self.ended_by_itself and not (may_end and status == 0):
            raise ChildDied(self.name, status, last_words(self.log))
