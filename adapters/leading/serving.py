"""One router as a process: follows, leads in its turn, keeps its lease, and stops when asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import structlog

from adapters.leading.collecting import undisturbed
from adapters.leading.reaching import reach_server
from adapters.leading.standing_by import StandingBy, Turn
from adapters.privacy.remembered import erase_remembered
from adapters.process.release import release
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import give_up
from adapters.redis.embedded import EmbeddedServer, ServerStartError
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.lease import ROUTER_TERMS, Lease, process_id
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.standbys import Standbys
from adapters.redis.wire import Endpoint
from router.eligibility.expression import load as load_expressions
from router.errors import Fenced, StoreUnavailable
from router.intake import IntakeLimits
from router.policy import Policy
from router.ports import Observer
from router.service import Service, Settings
from router.share import WHOLE, Share

__all__ = ("Order", "kept", "revived", "route_tenant", "serve_tenant")

REVIVE_POLL_S: Final = 0.25
REVIVE_PAUSE_S: Final = 5.0
IMPATIENT_S: Final = 1.0
"""How long an answer about the lease may take: it is asked for again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to serve, and how."""

    endpoint: Endpoint
    keys: Keys
    policy: Policy | None
    intake: IntakeLimits
    takeover: bool
    standby: bool = False
    """Leave the lead to others as long as there are any."""

    new_journal: bool = False
    server: EmbeddedServer | None = None
    """The embedded server, to be started again should it end."""


async def serve_tenant(
    order: Order, observer: Observer, logger: structlog.stdlib.BoundLogger
) -> None:
    """Follow, lead when it is our turn, and follow again after a handover; until SIGTERM or SIGINT.

    Raises :class:`Fenced`, :class:`JournalGone`, :class:`CorruptJournal`,
    :class:`UnsuitableServerError` or :class:`UrlError`.
    """
    stopped = asyncio.Event()
    with stop_signals(stopped.set):
        async with revived(order.server, logger):
            await route_tenant(order, observer, logger, stopped)
    logger.info("stopped")


async def route_tenant(
    order: Order,
    observer: Observer,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
    share: Share = WHOLE,
) -> None:
    """The same until ``stopped`` is set, beside others who share the process with it or alone."""
    load_expressions()
    if await reach_server(order.endpoint, order.keys.journal, logger, stopped):
        async with _router(order, observer, logger, share) as router:
            while not stopped.is_set() and await router.one_term(stopped):
                pass


@asynccontextmanager
async def _router(
    order: Order, observer: Observer, logger: structlog.stdlib.BoundLogger, share: Share
) -> AsyncIterator[_Router]:
    endpoint, keys = order.endpoint, order.keys
    lease = Lease(_impatient(endpoint), keys.leader, process_id(), ROUTER_TERMS)
    reader, snapshots = RedisJournalReader(endpoint, keys), RedisSnapshots(endpoint, keys)
    wire = _impatient(endpoint).wire("standby")
    standing_by = StandingBy(
        lease=lease,
        reader=reader,
        snapshots=snapshots,
        standbys=Standbys(wire, keys),
        observer=observer,
        logger=logger,
        release=release(),
        takeover=order.takeover,
        only=order.standby,
    )
    erasing = asyncio.create_task(erase_remembered(endpoint, keys, standing_by.recent, logger))
    try:
        yield _Router(order, standing_by, observer, logger, share)
    finally:
        erasing.cancel()
        await asyncio.gather(erasing, return_exceptions=True)
        for part in (lease, reader, snapshots, wire):
            await part.close()


@dataclass(frozen=True, slots=True)
class _Router:
    """One router, over the terms in which it leads."""

    order: Order
    standing_by: StandingBy
    observer: Observer
    logger: structlog.stdlib.BoundLogger
    share: Share = WHOLE

    async def one_term(self, stopped: asyncio.Event) -> bool:
        """Wait for our turn and lead; False when it was stopped, True when it has handed over."""
        turn = await self._turn(stopped)
        if turn is None:
            return False
        try:
            async with kept(self.standing_by.lease, self.logger):
                await self._lead(turn, stopped)
        except Fenced as error:
            if not await self._was_handed_over():
                raise
            self.logger.info("handed over", journal=error.found)
            self.observer.state_dropped()
            return True
        return False

    async def _turn(self, stopped: asyncio.Event) -> Turn | None:
        waiting = asyncio.create_task(self.standing_by.until_turn())
        stopping = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
        finally:
            for task in (waiting, stopping):
                task.cancel()
            await asyncio.gather(waiting, stopping, return_exceptions=True)
        # only now: it announces itself, and asks for the lease, until it has ended
        await give_up(self.standing_by.withdraw())
        await give_up(self.standing_by.lease.release())
        return None

    async def _lead(self, turn: Turn, stopped: asyncio.Event) -> None:
        order = self.order
        if turn.waited and order.policy is not None:
            self.logger.info("the policy in force stays: another router has led meanwhile")
        journal = RedisJournal(
            order.endpoint,
            order.keys,
            new_journal=order.new_journal,
            on_missing=self.observer.epochs_missing,
        )
        inbound = RedisInbound(order.endpoint, order.keys, self.observer.inbound_moved)
        snapshots, settings = self.standing_by.snapshots, self._settings(turn)
        service = Service(
            journal, inbound, self.observer, settings, time.monotonic, snapshots, self.share
        )
        stopping = asyncio.create_task(_stop(service, stopped))
        try:
            with undisturbed():
                epoch = await service.lead(turn.follower)
            if epoch is not None:
                await service.run()
        finally:
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
            service.let_go()
            for part in (journal, inbound):
                await part.close()

    def _settings(self, turn: Turn) -> Settings:
        return Settings(
            router_id=self.standing_by.lease.process_id,
            release=release(),
            policy=self.order.policy,
            # who takes over from another router changes nothing but who leads
            keep_policy=turn.waited,
            intake=self.order.intake,
        )

    async def _was_handed_over(self) -> bool:
        try:
            return await self.standing_by.was_handed_over()
        except StoreUnavailable:
            return False


async def _stop(service: Service, stopped: asyncio.Event) -> None:
    await stopped.wait()
    service.stop()


def _impatient(endpoint: Endpoint) -> Endpoint:
    """The same server, for questions that are asked again soon."""
    return replace(endpoint, timeout_s=min(IMPATIENT_S, endpoint.timeout_s))


@asynccontextmanager
async def revived(
    server: EmbeddedServer | None, logger: structlog.stdlib.BoundLogger
) -> AsyncIterator[None]:
    """Start an embedded server again whenever it has ended, meanwhile."""
    reviving = asyncio.create_task(_revive(server, logger))
    try:
        yield
    finally:
        reviving.cancel()
        await asyncio.gather(reviving, return_exceptions=True)


async def _revive(server: EmbeddedServer | None, logger: structlog.stdlib.BoundLogger) -> None:
    while server is not None:
        await asyncio.sleep(REVIVE_POLL_S)
        try:
            # blocks until it answers: without it there is nothing else to do
            if server.revive():
                logger.warning("the embedded server had ended; it runs again")
        except ServerStartError as error:
            logger.error("the embedded server does not start", error=str(error))  # noqa: TRY400  # the message says it all
            await asyncio.sleep(REVIVE_PAUSE_S)


@asynccontextmanager
async def kept(lease: Lease, logger: structlog.stdlib.BoundLogger) -> AsyncIterator[None]:
    """Renew the lease meanwhile, and give it back at the end."""
    renewing = asyncio.create_task(_renew(lease, logger))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await give_up(lease.release())


async def _renew(lease: Lease, logger: structlog.stdlib.BoundLogger) -> None:
    """Renew it for ever. One that another router holds is asked for again: if that router does not
    lead in the end, we still do; if it does, the journal tells us."""
    told = None
    while True:
        await asyncio.sleep(lease.terms.renew_s)
        try:
            holder = await lease.renew()
        except StoreUnavailable:
            continue
        if holder is not None and holder != told:
            logger.warning("the lease has been taken", holder=holder)
        told = holder
