"""One measurement: the floor is filled, then each question is asked many times, while the floor
stands still and while it moves."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from adapters.identity.issuing import Terms
from adapters.identity.permissions import Role
from benchmarks.desktops.stage import Stage, on_stage
from benchmarks.engine.environment import environment
from benchmarks.reads.floor import POLICY, Crowd, send
from benchmarks.surge.latency import latency_of
from router.errors import OneQueueError

__all__ = ("NotFilled", "Options", "run")

FORMAT: Final = 1
FILL_S_MAX: Final = 120.0
POLL_S: Final = 0.2
IDLE_S: Final = 5.0
ANSWER_S_MAX: Final = 60.0
PAGE: Final = 100
FILL_AT_ONCE: Final = 10_000
"""Commands, so that the router does not refuse what would wait for too long."""

QUESTIONS: Final = {
    "wallboard": "/v1/wallboard",
    "line of a queue": "/v1/queues/line-7/line",
    "all queues": "/v1/queues",
    "what needs rescue": "/v1/rescue",
    "agents, a page": f"/v1/agents?limit={PAGE}",
    "interactions, a page": f"/v1/interactions?limit={PAGE}",
    "customers, by prefix": "/v1/customers?prefix=c-7",
    "interactions of a customer": "/v1/interactions?customer_id=c-7",
    "one interaction": "/v1/interactions/i-7",
    "one conversation": "/v1/conversations/m-7",
    "statistics of now": "/v1/statistics/live",
}


class NotFilled(OneQueueError):
    """The floor did not become what it should be."""


@dataclass(frozen=True, slots=True)
class Options:
    """How many there are, how often each question is asked, and how many a second give up and come
    while the floor moves."""

    agents: int
    waiting: int
    times: int
    rate: float


async def run(options: Options, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure; the report as plain values. Raises ``NotStarted``, ``ChildDied`` or
    :class:`NotFilled`."""
    terms = Terms("bench", frozenset({Role.SUPERVISOR, Role.ADMIN}))
    with tempfile.TemporaryDirectory(prefix="oq-reads-") as name:
        async with on_stage(Path(name), [terms], POLICY) as (stage, children):
            return await children.supervise(_measured(options, stage, progress))


async def _measured(
    options: Options, stage: Stage, progress: Callable[[str], None]
) -> dict[str, Any]:
    crowd = Crowd(options.agents, options.waiting)
    headers = {"Authorization": f"Bearer {stage.credentials[0]}"}
    async with httpx.AsyncClient(
        base_url=stage.url, headers=headers, timeout=ANSWER_S_MAX
    ) as client:
        filled = await _filled(crowd, stage, client, progress)
        progress("questions, while nothing happens")
        still = await _asked(client, options.times)
        progress(f"questions, while {options.rate:g} a second give up and as many come")
        async with _moving(crowd, stage, options.rate):
            follow = await _cpu_share(stage)
            moving = await _asked(client, options.times)
    return {
        "format": FORMAT,
        "options": asdict(options),
        "filled": filled,
        "still": still,
        "moving": moving,
        "following": follow,
        "environment": environment(),
    }


async def _filled(
    crowd: Crowd, stage: Stage, client: httpx.AsyncClient, progress: Callable[[str], None]
) -> dict[str, Any]:
    before_bytes, began_s = stage.api_bytes(), time.perf_counter()
    progress(f"{crowd.agents:,} agents log in, {crowd.open:,} customers come")
    await send(stage.wire, stage.keys, crowd.logins())
    arrivals, come = crowd.arrivals(), 0
    while sent := await send(stage.wire, stage.keys, itertools.islice(arrivals, FILL_AT_ONCE)):
        come += sent
        await _until_waiting(client, max(0, come - crowd.agents))
    return {
        "took_s": time.perf_counter() - began_s,
        "api_bytes_before": before_bytes,
        "api_bytes": stage.api_bytes(),
    }


async def _until_waiting(client: httpx.AsyncClient, count: int) -> None:
    deadline_s, waiting = time.monotonic() + FILL_S_MAX, -1
    while time.monotonic() < deadline_s:
        told = await client.get("/v1/wallboard")
        if told.is_success:
            waiting = told.json()["total"]["waiting"]
            if waiting == count:
                return
        await asyncio.sleep(POLL_S)
    raise NotFilled(f"{waiting:,} wait after {FILL_S_MAX:g} s, not {count:,}")


async def _asked(client: httpx.AsyncClient, times: int) -> dict[str, Any]:
    """Each question so many times, one answer after another."""
    return {name: await _took(client, path, times) for name, path in QUESTIONS.items()}


async def _took(client: httpx.AsyncClient, path: str, times: int) -> dict[str, Any]:
    took_ns, size = [], 0
    for _ in range(times):
        began_ns = time.perf_counter_ns()
        answer = await client.get(path)
        took_ns.append(time.perf_counter_ns() - began_ns)
        answer.raise_for_status()
        size = len(answer.content)
    return {"took_ms": latency_of(took_ns), "bytes": size}


@asynccontextmanager
async def _moving(crowd: Crowd, stage: Stage, rate: float) -> AsyncIterator[None]:
    """The floor moves as long as this lasts."""
    moving = asyncio.create_task(_move(crowd, stage, rate))
    try:
        yield
    finally:
        moving.cancel()
        with suppress(asyncio.CancelledError):
            await moving


async def _move(crowd: Crowd, stage: Stage, rate: float) -> None:
    began_s = time.perf_counter()
    for number, commands in enumerate(crowd.turnover()):
        await asyncio.sleep(max(0.0, began_s + number / rate - time.perf_counter()))
        await send(stage.wire, stage.keys, itertools.chain(commands))


async def _cpu_share(stage: Stage) -> dict[str, Any]:
    """What it takes of a processor to follow the floor, when nobody asks."""
    began_s, before_s = time.perf_counter(), stage.api_cpu_s()
    await asyncio.sleep(IDLE_S)
    return {"api_cpu_share": (stage.api_cpu_s() - before_s) / (time.perf_counter() - began_s)}
