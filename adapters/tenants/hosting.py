"""Hosting: runs the routers of many tenants side by side, and lets none of them end the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar

import structlog

from adapters.tenants.failures import AGAIN_MAX, pause_s, remedy_of_failure, wants_a_person
from adapters.tenants.standing import Standing, State
from router.errors import Fenced, StoreError
from router.persistence import wait_at_most

__all__ = ("Hosting", "Run")

STEADY_S: Final = 60.0
"""Who has run for so long has not failed in a row."""

T = TypeVar("T")
"""What is to be done for one tenant. Equal orders are the same."""

Run: TypeAlias = Callable[[T, Standing, asyncio.Event], Awaitable[None]]
"""Works for one tenant until the event is set; keeps its standing up to date; raises what ends
it."""


def _the_same(order: T) -> T:
    return order


@dataclass(slots=True)
class _Hosted(Generic[T]):
    """One tenant that is hosted, or was and has failed."""

    order: T
    standing: Standing
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    fault: BaseException | None = None


class Hosting(Generic[T]):
    """The tenants of this process. ``run`` works for one of them; ``afterwards`` is its order once
    it has done what was meant for once.

    :meth:`apply` says which there are to be; it may be called again at any time. A tenant that
    fails is started again after a pause, or left (adapters/tenants/failures.py).
    """

    def __init__(
        self,
        run: Run[T],
        logger: structlog.stdlib.BoundLogger,
        afterwards: Callable[[T], T] = _the_same,
    ) -> None:
        self._run = run
        self._log = logger
        self._afterwards = afterwards
        self._hosted: dict[str, _Hosted[T]] = {}
        self._applying = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def standings(self) -> Mapping[str, Standing]:
        """How each tenant stands."""
        return {name: hosted.standing for name, hosted in self._hosted.items()}

    async def apply(self, orders: Mapping[str, T]) -> None:
        """Host these tenants, and no others: whose order has changed, or who has failed, is started
        anew; all others go on undisturbed."""
        async with self._applying:
            ending = [
                name
                for name, hosted in self._hosted.items()
                if orders.get(name) != hosted.order or hosted.fault is not None
            ]
            await self._end(ending)
            for name, order in orders.items():
                if name not in self._hosted:
                    self._begin(name, order)

    async def run(self, stopped: asyncio.Event) -> None:
        """Host until ``stopped`` is set, then end all of them in good order.

        Raises what has ended the first of them once none is left that runs or is tried again.
        """
        stopping = asyncio.create_task(stopped.wait())
        try:
            while not stopped.is_set():
                if self._hosted and all(hosted.fault for hosted in self._hosted.values()):
                    break
                self._changed.clear()
                changing = asyncio.create_task(self._changed.wait())
                await asyncio.wait((stopping, changing), return_when=asyncio.FIRST_COMPLETED)
                changing.cancel()
        finally:
            stopping.cancel()
            faults = [hosted.fault for hosted in self._hosted.values() if hosted.fault is not None]
            async with self._applying:
                await self._end(list(self._hosted))
        if faults and not stopped.is_set():
            raise faults[0]

    def _begin(self, name: str, order: T) -> None:
        hosted = self._hosted[name] = _Hosted(order, Standing(name))
        hosted.task = asyncio.create_task(self._keep_running(hosted))

    async def _end(self, names: list[str]) -> None:
        ending = [self._hosted[name] for name in names]
        for hosted in ending:
            hosted.stopped.set()
        await asyncio.gather(*(hosted.task for hosted in ending if hosted.task is not None))
        for name in names:
            del self._hosted[name]

    async def _keep_running(self, hosted: _Hosted[T]) -> None:
        order, standing = hosted.order, hosted.standing
        log = self._log.bind(tenant=standing.tenant)
        while not hosted.stopped.is_set():
            began_s = time.monotonic()
            try:
                await self._run(order, standing, hosted.stopped)
            except Exception as error:  # noqa: BLE001  # whatever ends one tenant, others go on
                if time.monotonic() - began_s > STEADY_S:
                    standing.failures = 0
                if not self._tell(hosted, error, log):
                    break
                if standing.has_led or isinstance(error, Fenced):
                    order = self._afterwards(order)
                await wait_at_most(hosted.stopped, pause_s(standing.failures))
            else:
                break
        if hosted.fault is None:
            standing.state = State.STOPPED
        self._changed.set()

    def _tell(
        self, hosted: _Hosted[T], error: Exception, log: structlog.stdlib.BoundLogger
    ) -> bool:
        """Note why a tenant's router has ended; whether it is to be tried again."""
        standing = hosted.standing
        standing.failures += 1
        again = not wants_a_person(error) and (
            isinstance(error, StoreError) or standing.failures <= AGAIN_MAX
        )
        standing.error = f"{type(error).__name__}: {error}"
        standing.state = State.TRYING_AGAIN if again else State.FAILED
        standing.is_cut_off = False
        hosted.fault = None if again else error
        known = isinstance(error, Fenced | StoreError)
        log.error(
            "the work for a tenant has ended",
            error=str(error),
            kind=type(error).__name__,
            remedy=remedy_of_failure(error, again=again),
            **({} if known else {"exc_info": error}),
        )
        return again
