"""Requests that wait for something to be said: so many of a process, and none that drains."""

from __future__ import annotations

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
"""Requests of a process that wait for something to be said: each holds a connection to Redis."""

AGAIN_MS: Final = 1_000

Wait = Annotated[
    float,
    Query(ge=0, le=WAIT_S_MAX, description="How long to wait for something where nothing is."),
]
T = TypeVar("T")


class Waiting:
    """How many requests of this process wait."""

    def __init__(self) -> None:
        self.count = 0


async def waited(
    request: Request, wait_s: float, read: Callable[[], Awaitable[list[T]]]
) -> list[T]:
    """What ``read`` finds, which waits for up to ``wait_s``; nothing where this process is to stop
    meanwhile. Raises :class:`ProblemError` (``busy``)."""
    waiting: Waiting = request.app.state.waiting
    if wait_s and waiting.count >= WAITING_MAX:
        detail = f"{WAITING_MAX} requests wait for something to be said"
        raise ProblemError("busy", detail, headers=retry_after(AGAIN_MS))
    found: list[T] = []

    async def take() -> None:
        found.extend(await read())

    waiting.count += 1
    try:
        await first_of(take(), request.app.state.draining.wait())
    finally:
        waiting.count -= 1
    return found
