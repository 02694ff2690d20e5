"""One measurement: a server, two routers, steady traffic, and what befalls the leader."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from adapters.cli.connection import open_sync
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.verify import check_stream
from benchmarks.engine.environment import environment
from benchmarks.floor.wire import connect
from benchmarks.takeover.disturbances import Kind, befall
from benchmarks.takeover.measuring import TARGETS_MS, Pause, figures_of, pause_of
from benchmarks.takeover.routers import Routers
from benchmarks.takeover.traffic import POLICY, Traffic

__all__ = ("Options", "run")

TENANT: Final = "takeover"
STEADY_S: Final = 1.0
"""Quiet time before each disturbance."""

END_S_MAX: Final = 60.0
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure: each kind so many times, under so many arrivals a second."""

    kinds: Sequence[Kind]
    times: int
    rate: float


async def run(options: Options, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure; the report as plain values. Raises :class:`NotInTime` or :class:`Misbehaved`."""
    with tempfile.TemporaryDirectory(prefix="oq-takeover-") as name:
        directory = Path(name)
        (directory / "policy.yaml").write_text(yaml.safe_dump(POLICY), encoding="utf-8")
        with EmbeddedServer(directory / "data") as server:
            async with _stage(server.url, directory, options.rate) as (routers, traffic):
                began = await _disturb(options, routers, progress)
                await traffic.end(END_S_MAX)
            return _report(options, traffic, began, server.url)


@asynccontextmanager
async def _stage(url: str, directory: Path, rate: float) -> AsyncIterator[tuple[Routers, Traffic]]:
    """Two routers, and the traffic."""
    keys, client = Keys(TENANT), connect(url)
    wire = Endpoint(url).wire("bench")
    routers, traffic = Routers(url, keys, wire, directory), Traffic(client, keys, rate)
    try:
        for _ in range(2):
            await routers.start()
        await routers.until_both_are_there()
        await traffic.log_in()
        running = asyncio.create_task(traffic.run())
        try:
            yield routers, traffic
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    finally:
        await routers.end()
        await wire.close()
        await client.aclose()


async def _disturb(
    options: Options, routers: Routers, progress: Callable[[str], None]
) -> list[tuple[Kind, float]]:
    began: list[tuple[Kind, float]] = []
    for number in range(options.times):
        for kind in options.kinds:
            await asyncio.sleep(STEADY_S)
            began.append((kind, await befall(kind, routers)))
            progress(f"{kind} {number + 1} of {options.times}")
    await asyncio.sleep(STEADY_S)
    return began


def _report(
    options: Options, traffic: Traffic, began: Sequence[tuple[Kind, float]], url: str
) -> dict[str, Any]:
    ends_s = [at_s for _, at_s in began[1:]] + [time.monotonic()]
    pauses: dict[Kind, list[Pause]] = {kind: [] for kind in options.kinds}
    for (kind, at_s), end_s in zip(began, ends_s, strict=True):
        pauses[kind].append(pause_of(traffic.arrivals, at_s, end_s))
    client = open_sync(url)
    checked = check_stream(client, TENANT)
    epochs = int(str(checked.last_record).partition("-")[0])
    client.close()
    return {
        "format": FORMAT,
        "options": {"times": options.times, "rate": options.rate},
        "kinds": {kind.value: _of_kind(kind, found) for kind, found in pauses.items()},
        "interactions": len(traffic.arrivals),
        "ended_once": sum(arrival.ended == 1 for arrival in traffic.arrivals),
        "takeovers": epochs - 1,
        "disturbances": len(began),
        "violations": checked.violations_total,
        "environment": environment(),
    }


def _of_kind(kind: Kind, pauses: Sequence[Pause]) -> dict[str, Any]:
    figures = {
        name: figures_of([getattr(pause, name) for pause in pauses])._asdict()
        for name in Pause._fields
    }
    return {
        "target_ms": TARGETS_MS[kind],
        "met": figures["wait_ms"]["longest"] <= TARGETS_MS[kind],
        **figures,
        "each": [pause._asdict() for pause in pauses],
    }
