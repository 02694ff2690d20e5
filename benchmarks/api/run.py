"""One measurement: a server, a router and an API as processes; each way in turn, from one client.

The ways take turns within the same run, so that whatever else the machine does befalls both.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from benchmarks.api.flood import CONNECTIONS
from benchmarks.api.ways import HttpWay, StreamWay, Way
from benchmarks.demo.log_lines import NotStarted, last_words, said
from benchmarks.demo.processes import start_module
from benchmarks.engine.environment import environment
from benchmarks.surge.latency import latency_of
from router.errors import OneQueueError

__all__ = ("TARGET_MS", "Options", "run")

FORMAT: Final = 1
TENANT: Final = "bench"
TARGET_MS: Final = 1.0
"""What the API may add to the median."""

WARM_UP: Final = 50
TURN: Final = 100
"""Creates between two changes of a flood."""

SETTLE_S: Final = 0.5
RATIO_MAX: Final = 1.5
"""What a flood on the API may make of the router's median."""

PATIENCE_S: Final = 60.0
POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """How many creates each way makes, and how long is waited between two."""

    creates: int
    pause_ms: float
    flood: bool = False
    """Whether the way over the streams is measured beside a flood on the API, instead."""


async def run(options: Options, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure; the report as plain values. Raises :class:`NotStarted` or :class:`Unexpected`."""
    with (
        tempfile.TemporaryDirectory(prefix="oq-api-") as name,
        EmbeddedServer(Path(name) / "data") as server,
    ):
        async with _stage(server.url, Path(name)) as (ways, where):
            progress("warming up")
            await _measure(ways, WARM_UP, 0.0)
            if options.flood:
                progress(f"{options.creates} creates over the streams, flooded and not")
                return _flood_report(options, await _flooded(ways["stream"], where, options))
            progress(f"{options.creates} creates each way, in turn")
            took_ns = await _measure(ways, options.creates, options.pause_ms / 1_000)
    return _report(options, took_ns)


async def _flooded(way: Way, where: SplitResult, options: Options) -> dict[str, list[int]]:
    """The same way by turns of a second or so, while a flood stands still and while it flows."""
    took_ns: dict[str, list[int]] = {"quiet": [], "flooded": []}
    arguments = (where.hostname or "", str(where.port))
    with tempfile.TemporaryFile() as log:
        flooding = await start_module("benchmarks.api.flood", arguments, log)
        try:
            await asyncio.sleep(SETTLE_S)
            for _ in range(max(1, options.creates // TURN)):
                for name, signal_number in (("quiet", signal.SIGSTOP), ("flooded", signal.SIGCONT)):
                    flooding.send_signal(signal_number)
                    await asyncio.sleep(SETTLE_S)
                    found = await _measure({name: way}, TURN, options.pause_ms / 1_000)
                    took_ns[name] += found[name]
        finally:
            flooding.kill()
            await flooding.wait()
    return took_ns


async def _measure(ways: dict[str, Way], creates: int, pause_s: float) -> dict[str, list[int]]:
    took_ns: dict[str, list[int]] = {name: [] for name in ways}
    for _ in range(creates):
        for name, way in ways.items():
            begin_ns = time.perf_counter_ns()
            await way.create()
            took_ns[name].append(time.perf_counter_ns() - begin_ns)
            await asyncio.sleep(pause_s)
    return took_ns


@asynccontextmanager
async def _stage(url: str, directory: Path) -> AsyncIterator[tuple[dict[str, Way], SplitResult]]:
    """The processes, a client for each way, and where the API is."""
    options = ("--redis", url, "--tenant", TENANT, "--log-format", "json")
    started: list[asyncio.subprocess.Process] = []
    ways: dict[str, Way] = {}
    try:
        for command, more in (("serve", ()), ("api", ("--no-auth", "--port", "0"))):
            with (directory / f"{command}.log").open("wb") as log:
                arguments = (command, *options, *more)
                started.append(await start_module("adapters.cli.main", arguments, log))
        await said(directory / "serve.log", "policy in force")
        where = urlsplit((await said(directory / "api.log", "listening"))["url"])
        ways["stream"] = StreamWay(Endpoint(url), Keys(TENANT))
        ways["http"] = HttpWay(where.hostname or "", where.port or 0)
        await _until_ready(ways["http"], directory / "api.log")
        yield ways, where
    finally:
        for way in ways.values():
            await way.close()
        for process in started:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _until_ready(way: Way, log: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            await way.create()
        except (OneQueueError, OSError) as error:
            if time.monotonic() > deadline_s:
                raise NotStarted(f"{error}\n{last_words(log)}") from None
            await asyncio.sleep(POLL_S)
        else:
            return


def _report(options: Options, took_ns: dict[str, list[int]]) -> dict[str, Any]:
    latency = {name: latency_of(each) for name, each in took_ns.items()}
    added = {
        at: latency["http"][at] - latency["stream"][at] for at in ("p50", "p90", "p99", "mean")
    }
    return {
        "format": FORMAT,
        "environment": environment(),
        "creates": options.creates,
        "pause_ms": options.pause_ms,
        "latency_ms": latency,
        "added_ms": added,
        "target_ms": TARGET_MS,
        "met": added["p50"] <= TARGET_MS,
    }


def _flood_report(options: Options, took_ns: dict[str, list[int]]) -> dict[str, Any]:
    latency = {name: latency_of(each) for name, each in took_ns.items()}
    ratio = {at: latency["flooded"][at] / latency["quiet"][at] for at in ("p50", "p90", "p99")}
    return {
        "format": FORMAT,
        "environment": environment(),
        "creates": options.creates,
        "pause_ms": options.pause_ms,
        "flood_connections": CONNECTIONS,
        "latency_ms": latency,
        "ratio": ratio,
        "target_ratio": RATIO_MAX,
        "met": ratio["p50"] <= RATIO_MAX,
    }
