"""Routers as processes of their own, to be killed, stopped, restarted and replaced."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.leading.overview import Overview, overview_of
from adapters.redis.keys import Keys
from adapters.redis.wire import Wire
from benchmarks.demo.log_lines import last_words
from benchmarks.demo.processes import start_module
from router.errors import OneQueueError

__all__ = ("NotInTime", "Router", "Routers")

PATIENCE_S: Final = 60.0
POLL_S: Final = 0.02


class NotInTime(OneQueueError):
    """Something that the measurement waits for has not come about."""

    def __init__(self, what: str, log_tail: str) -> None:
        super().__init__(what, log_tail)
        self.what = what
        self.log_tail = log_tail

    def __str__(self) -> str:
        return f"{self.what} has not come about within {PATIENCE_S:.0f} s:\n{self.log_tail}"


@dataclass(frozen=True, slots=True)
class Router:
    """``onequeue serve`` as a process."""

    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> str:
        """As it stands in the names of routers."""
        return f":{self.process.pid}:"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def status(self) -> int:
        """Its exit status, once it has ended."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@dataclass(slots=True)
class Routers:
    """The routers of one tenant: one leads, one stands by."""

    url: str
    keys: Keys
    wire: Wire
    directory: Path
    _started: list[Router] = field(default_factory=list)

    async def start(self) -> Router:
        """Start one more."""
        log = self.directory / f"router-{len(self._started)}.log"
        options = ("--redis", self.url, "--tenant", self.keys.tenant, "--log-format", "json")
        policy = ("--policy", str(self.directory / "policy.yaml"))
        with log.open("wb") as output:
            process = await start_module("adapters.cli.main", ("serve", *options, *policy), output)
        self._started.append(Router(process, log))
        return self._started[-1]

    async def until_both_are_there(self) -> Router:
        """Wait until one leads and another is ready to; the one that leads."""
        overview = await self._until("a leader with a standby", _is_complete)
        return self.named(overview.holder)

    async def until_led_by_another(self, before: Overview) -> Overview:
        """Wait until another epoch has begun."""
        epoch = 0 if before.led is None else before.led.epoch
        return await self._until(
            "another leader", lambda now: now.led is not None and now.led.epoch > epoch
        )

    async def overview(self) -> Overview:
        """Who leads, and who stands by."""
        return await overview_of(self.wire, self.keys)

    def named(self, process_id: str) -> Router:
        """The router of this name."""
        return next(router for router in self._started if router.pid in process_id)

    async def end(self) -> None:
        """End all that still run."""
        for router in self._started:
            if router.process.returncode is None:
                router.process.kill()
                await router.process.wait()

    async def _until(self, what: str, is_so: Callable[[Overview], bool]) -> Overview:
        deadline_s = time.monotonic() + PATIENCE_S
        while not is_so(overview := await self.overview()):
            if time.monotonic() > deadline_s:
                raise NotInTime(what, last_words(self._started[-1].log))
            await asyncio.sleep(POLL_S)
        return overview


def _is_complete(overview: Overview) -> bool:
    led = overview.led is not None and overview.led.router_id == overview.holder
    ready = [s for s in overview.standbys if s.ready and s.process_id != overview.holder]
    return led and bool(ready)
