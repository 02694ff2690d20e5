"""One measurement: all log in, work for a while, lose their connections at once, and come back."""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.redis.wire import Wire
from benchmarks.desktops.desktop import Desktop, Heard
from benchmarks.desktops.stage import OFFER_TTL_MS, Stage, agents_terms, on_stage
from benchmarks.engine.environment import environment
from benchmarks.surge.latency import latency_of

__all__ = ("Options", "run")

FORMAT: Final = 1
SETTLE_S: Final = 2.0
LAST_S_MAX: Final = 10.0
_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Options:
    """How many desktops, how many interactions a second for how long, how many logins at once."""

    sockets: int
    rate: float
    seconds: float
    at_once: int


async def run(options: Options, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure; the report as plain values. Raises :class:`NotStarted` or :class:`ChildDied`."""
    with tempfile.TemporaryDirectory(prefix="oq-desktops-") as name:
        async with on_stage(Path(name), agents_terms(options.sockets)) as (stage, children):
            return await children.supervise(_measured(options, stage, progress))


async def _measured(
    options: Options, stage: Stage, progress: Callable[[str], None]
) -> dict[str, Any]:
    heard = Heard(OFFER_TTL_MS)
    url = stage.url.replace("http", "ws") + "/v1/desktop"
    desktops = [Desktop(url, credential, heard) for credential in stage.credentials]
    try:
        progress(f"{options.sockets} desktops log in")
        logins = await _opened(options, stage, desktops)
        gc.disable()  # a collection here would count as latency there
        await asyncio.sleep(SETTLE_S)
        progress(f"{options.rate:g} interactions a second for {options.seconds:g} s")
        idle, offers = await _idle(stage), await _offers(options, stage, heard)
        progress("all connections break at once")
        storm = await _storm(options, stage, desktops, heard)
    finally:
        gc.enable()
        for desktop in desktops:
            await desktop.cut()
    return {
        "format": FORMAT,
        "options": asdict(options),
        "logins": logins,
        "idle": idle,
        "offers": offers,
        "storm": storm,
        "closed": heard.closed,
        "errors": heard.errors,
        "environment": environment(),
    }


async def _opened(options: Options, stage: Stage, desktops: Sequence[Desktop]) -> dict[str, Any]:
    before_bytes, before_cpu_s = stage.api_bytes(), stage.api_cpu_s()
    took_s, failed = await _open_all(options, desktops)
    return {
        "took_s": took_s,
        "a_second": len(desktops) / took_s,
        "failed": failed,
        "api_cpu_ms_each": (stage.api_cpu_s() - before_cpu_s) * 1e3 / len(desktops),
        "api_bytes_before": before_bytes,
        "api_bytes_each": (stage.api_bytes() - before_bytes) // len(desktops),
    }


async def _open_all(options: Options, desktops: Sequence[Desktop]) -> tuple[float, int]:
    """How long it took, and how many could not."""
    room = asyncio.Semaphore(options.at_once)

    async def opened(desktop: Desktop) -> None:
        async with room:
            await desktop.open()

    began_s = time.perf_counter()
    outcomes = await asyncio.gather(*map(opened, desktops), return_exceptions=True)
    failed = sum(outcome is not None for outcome in outcomes)
    return time.perf_counter() - began_s, failed


async def _idle(stage: Stage) -> dict[str, Any]:
    """Heartbeats alone."""
    began_s, before_s = time.perf_counter(), stage.api_cpu_s()
    await asyncio.sleep(3 * SETTLE_S)
    return {"api_cpu_share": (stage.api_cpu_s() - before_s) / (time.perf_counter() - began_s)}


async def _offers(options: Options, stage: Stage, heard: Heard) -> dict[str, Any]:
    began_s, before_cpu_s = time.perf_counter(), stage.api_cpu_s()
    created = await _create(options, stage.wire, stage.keys.inbound)
    took_s = time.perf_counter() - began_s
    cpu_share = (stage.api_cpu_s() - before_cpu_s) / took_s
    deadline_s = time.perf_counter() + LAST_S_MAX
    while len(heard.took_ns) < created and time.perf_counter() < deadline_s:  # noqa: ASYNC110  # desktops tell nobody
        await asyncio.sleep(0.05)
    return {
        "created": created,
        "a_second": created / took_s,
        "heard": len(heard.took_ns),
        "twice": sum(count > 1 for count in heard.offers.values()),
        "from_record_ms": latency_of(heard.took_ns),
        "api_cpu_share": cpu_share,
    }


async def _create(options: Options, wire: Wire, inbound: str) -> int:
    """Add interactions at their times, whatever becomes of those before; how many."""
    count, began_s = int(options.rate * options.seconds), time.perf_counter()
    for number in range(count):
        wait_s = began_s + number / options.rate - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        create = {"type": "create", "interaction_id": f"i{number}", "channel": "chat"}
        await wire.call("XADD", inbound, "*", "m", _pack(create))
    return count


async def _storm(
    options: Options, stage: Stage, desktops: Sequence[Desktop], heard: Heard
) -> dict[str, Any]:
    resumes, pictures, records = heard.resumes, heard.pictures, await stage.records()
    for desktop in desktops:
        await desktop.cut()
    took_s, failed = await _open_all(options, desktops)
    return {
        "took_s": took_s,
        "a_second": len(desktops) / took_s,
        "failed": failed,
        "resumed": heard.resumes - resumes,
        "pictures": heard.pictures - pictures,
        "records": await stage.records() - records,
        "api_bytes": stage.api_bytes(),
    }
