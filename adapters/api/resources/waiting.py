"""Requests that wait for something to be said: so many of a process, and none that drains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

from fastapi import Query
from starlette.requests import Request

from adapters.api.problems import ProblemError, retry_after
from adapters.process.turns import first_of

__all__ = ("WAIT_S_MAX", "Wait", "Waiting", "waited")

WAIT_S_MAX: Final = 20.0
"""Proxies cut what is silent for half a minute or so."""

WAITING_MAX: Final = 128
"""Requests of a process that wait for something of one kind: each holds a connection to Redis."""

AGAIN_MS: Final = 1_000

Wait = Annotated[
    float,
    Query(ge=0, le=WAIT_S_MAX, description="How long to wait for something where nothing is."),
]
T = TypeVar("T")


class Waiting:
    """How many requests of this process wait, by what they wait for: who reads conversations takes
    no place from who sends."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()


async def waited(
    request: Request, wait_s: float, read: Callable[[float], Awaitable[list[T]]], kind: str
) -> list[T]:
    """What ``read`` finds, which waits for so many seconds; nothing where this process is to stop
    meanwhile. Where too many wait it is looked once. Raises :class:`ProblemError` (``busy``)."""
    counts = request.app.state.waiting.counts
    if wait_s and counts[kind] >= WAITING_MAX:
        if there := await read(0.0):
            return there
        detail = f"{WAITING_MAX} requests wait for something to be said"
        raise ProblemError("busy", detail, headers=retry_after(AGAIN_MS))
    found: list[T] = []

    async def take() -> None:
        found.extend(await read(wait_s))

    counts[kind] += 1
    try:
        await first_of(take(), request.app.state.draining.wait())
    finally:
        counts[kind] -= 1
    return found
