"""What befalls a leader, and what must have become of it afterwards."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from adapters.cli.output import Exit
from adapters.leading.handover import hand_over_to
from adapters.redis.wire import Endpoint
from benchmarks.takeover.routers import Routers
from router.errors import OneQueueError

__all__ = ("Kind", "Misbehaved", "befall")

SLEEP_S: Final = 3.0
"""How long a leader is stopped: long after another one leads."""


class Kind(StrEnum):
    """What may befall a leader."""

    KILL = "kill"
    STOP = "stop"
    RESTART = "restart"
    HANDOVER = "handover"


class Misbehaved(OneQueueError):
    """A router has not ended as it should."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


async def befall(kind: Kind, routers: Routers) -> float:
    """Let it happen, see another router lead, and have two of them again; when it began."""
    before = await routers.overview()
    began_s = await _HAPPENINGS[kind](routers, before.holder)
    await routers.until_led_by_another(before)
    await routers.until_both_are_there()
    return began_s


async def _kill(routers: Routers, leader: str) -> float:
    """It dies without a word; another is started in its place."""
    began_s = time.monotonic()
    routers.named(leader).process.kill()
    await routers.start()
    return began_s


async def _stop(routers: Routers, leader: str) -> float:
    """It sleeps, and wakes when another one leads: it must end then, by itself."""
    began_s = time.monotonic()
    routers.named(leader).send(signal.SIGSTOP)
    await asyncio.sleep(SLEEP_S)
    routers.named(leader).send(signal.SIGCONT)
    _require(Kind.STOP, await routers.named(leader).status(), Exit.FENCED)
    await routers.start()
    return began_s


async def _restart(routers: Routers, leader: str) -> float:
    """It is asked to end, as for a new release, and started again."""
    began_s = time.monotonic()
    routers.named(leader).send(signal.SIGTERM)
    _require(Kind.RESTART, await routers.named(leader).status(), Exit.OK)
    await routers.start()
    return began_s


async def _hand_over(routers: Routers, leader: str) -> float:
    """It hands over to the standby, and stands by itself."""
    began_s = time.monotonic()
    outcome = await hand_over_to(Endpoint(routers.url), routers.keys, None)
    if not outcome.done or outcome.before != leader:
        raise Misbehaved(Kind.HANDOVER, f"{outcome.asked} has not taken the lead of {leader}")
    return began_s


_HAPPENINGS: Final[dict[Kind, Callable[[Routers, str], Awaitable[float]]]] = {
    Kind.KILL: _kill,
    Kind.STOP: _stop,
    Kind.RESTART: _restart,
    Kind.HANDOVER: _hand_over,
}


def _require(kind: Kind, status: int, wanted: Exit) -> None:
    if status != wanted:
        raise Misbehaved(kind, f"the leader has ended with {status}, not {wanted.value}")
