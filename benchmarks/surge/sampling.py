"""Processor time and memory of each process, and what the server says of itself, while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psutil
from redis.asyncio import Redis

__all__ = ("ProcessSeries", "Sampler", "server_pid")

EVERY_S: Final = 0.5
MIB: Final = 1024**2


@dataclass(slots=True)
class ProcessSeries:
    """One process: shares of a core and resident memory, and both in all."""

    at_s: list[float] = field(default_factory=list)
    cpu_share: list[float] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As the report has it."""
        return {
            "at_s": self.at_s,
            "cpu_share": self.cpu_share,
            "rss_mib": self.rss_mib,
            "cpu_s": round(self.cpu_s, 3),
            "rss_peak_mib": max(self.rss_mib, default=0.0),
        }


async def server_pid(client: Redis) -> int | None:
    """The server's process, if it runs on this machine; None if that cannot be told."""
    info = await client.info("server")
    with contextlib.suppress(psutil.Error, KeyError, ValueError):
        pid = int(info["process_id"])
        name = psutil.Process(pid).name()
        if any(word in name for word in ("redis", "valkey")):
            return pid
    return None


class Sampler:
    """Looks twice a second; what has ended stays as it was."""

    def __init__(self, client: Redis, pids: Mapping[str, int]) -> None:
        self._client = client
        self._known = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._cpu_s: dict[str, float] = {}
        self._operations: int | None = None
        self._at_s = 0.0
        self._began: dict[str, float] = {}
        self.processes = {name: ProcessSeries() for name in pids}
        self.redis: dict[str, list[float]] = {"at_s": [], "ops_per_second": [], "memory_mib": []}
        self.commands: dict[str, int] = {}

    async def begin(self, opens_ns: int) -> None:
        """Count from now on; times are after the opening."""
        self._calls = await self._calls_now()
        self._opens_ns = opens_ns
        await self._look()

    async def run(self) -> None:
        """Look again and again; does not end."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self._look()

    async def end(self) -> None:
        """Look for the last time."""
        await self._look()
        calls = await self._calls_now()
        self.commands = {
            name: count - self._calls.get(name, 0)
            for name, count in calls.items()
            if count > self._calls.get(name, 0)
        }

    async def _look(self) -> None:
        now_s = (time.monotonic_ns() - self._opens_ns) / 1e9
        elapsed_s = now_s - self._at_s
        for name, process in self._known.items():
            with contextlib.suppress(psutil.Error):
                self._look_at(name, process, now_s, elapsed_s)
        await self._ask(now_s, elapsed_s)
        self._at_s = now_s

    def _look_at(self, name: str, process: psutil.Process, now_s: float, elapsed_s: float) -> None:
        with process.oneshot():
            times, memory = process.cpu_times(), process.memory_info()
        cpu_s = times.user + times.system
        series, before_s = self.processes[name], self._cpu_s.get(name)
        self._cpu_s[name] = cpu_s
        if before_s is None:
            return
        series.cpu_s += cpu_s - before_s
        series.at_s.append(round(now_s, 3))
        series.cpu_share.append(round((cpu_s - before_s) / elapsed_s, 4))
        series.rss_mib.append(round(memory.rss / MIB, 2))

    async def _ask(self, now_s: float, elapsed_s: float) -> None:
        info = await self._client.info("stats")
        memory = await self._client.info("memory")
        operations = int(info["total_commands_processed"])
        if self._operations is not None:
            self.redis["at_s"].append(round(now_s, 3))
            rate = (operations - self._operations) / elapsed_s
            self.redis["ops_per_second"].append(round(rate, 1))
            self.redis["memory_mib"].append(round(int(memory["used_memory"]) / MIB, 2))
        self._operations = operations

    async def _calls_now(self) -> dict[str, int]:
        info = await self._client.info("commandstats")
        return {
            name.removeprefix("cmdstat_").upper(): int(stats["calls"])
            for name, stats in info.items()
            if name.startswith("cmdstat_")
        }
