"""How a tenant of this process stands: what is done for it, and whether that is well."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from adapters.leading.observers import Observers
from router.follower import CAUGHT_UP_RECORDS

__all__ = ("Standing", "State", "Watching", "serving")

SETTLED_S: Final = 2.0


class State(StrEnum):
    """What is done for a tenant."""

    STARTING = "starting"
    FOLLOWING = "following"
    LEADING = "leading"
    SERVING = "serving"
    """What a process does for it that is no router."""

    TRYING_AGAIN = "trying_again"
    """It has failed, and is started again after a pause."""

    FAILED = "failed"
    """It has failed in a way that a person must look at."""

    STOPPED = "stopped"


READY = frozenset((State.FOLLOWING, State.LEADING, State.SERVING))


@dataclass(slots=True)
class Standing:
    """Of one tenant. ``error`` is what has ended its router last ("": nothing);
    ``is_cut_off``: Redis does not do what it is asked for."""

    tenant: str
    state: State = State.STARTING
    error: str = ""
    is_cut_off: bool = False
    failures: int = 0
    """How often in a row its router has ended so."""

    has_led: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether it leads, or follows and could lead, and Redis answers it."""
        return self.state in READY and not self.is_cut_off

    def as_json(self) -> dict[str, Any]:
        """For whoever asks over HTTP."""
        told: dict[str, Any] = {"state": self.state, "ready": self.is_ready}
        if self.is_cut_off:
            told["redis"] = "unavailable"
        if self.error:
            told["error"] = self.error
        return told


class Watching(Observers):
    """Keeps a standing up to date."""

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self._standing = standing

    def following(self, behind: int) -> None:
        """It follows, and could lead once it has caught up."""
        is_near = behind <= CAUGHT_UP_RECORDS
        self._standing.state = State.FOLLOWING if is_near else State.STARTING

    def led(self, epoch: int) -> None:
        """It leads."""
        self._standing.state = State.LEADING
        self._standing.has_led = True
        self._standing.error = ""

    def state_dropped(self) -> None:
        """It begins anew."""
        self._standing.state = State.STARTING

    def store_error(self, error: Exception, attempt: int) -> None:
        """Redis fails it."""
        self._standing.is_cut_off = True

    def store_recovered(self, attempts: int) -> None:
        """Redis answers again."""
        self._standing.is_cut_off = False


@contextmanager
def serving(standing: Standing) -> Iterator[None]:
    """Say of a process that is no router that it serves; of one that has failed, once it has done
    so for a while."""

    def serves() -> None:
        standing.state, standing.error = State.SERVING, ""

    wait_s = SETTLED_S if standing.failures else 0.0
    settling = asyncio.get_running_loop().call_later(wait_s, serves)
    try:
        yield
    finally:
        settling.cancel()
