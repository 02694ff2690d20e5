"""One router as a process: waits for its turn, leads, keeps its lease, and stops when asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import structlog

from adapters.collecting import undisturbed
from adapters.redis.embedded import EmbeddedServer, ServerStartError
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.lease import LEASE_MS, LEASE_POLL_S, Lease, process_id
from adapters.redis.server_check import ServerFacts, check_server
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint, ReplyError, display_url
from adapters.stop_signals import stop_signals
from router.backoff import Backoff
from router.eligibility.expression import load as load_expressions
from router.errors import StoreUnavailable
from router.policy import Policy
from router.ports import Observer
from router.service import Service, Settings

__all__ = ("Order", "serve_tenant")

REVIVE_POLL_S: Final = 0.25
REVIVE_PAUSE_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to serve, and how."""

    endpoint: Endpoint
    keys: Keys
    policy: Policy | None
    journal_bytes_max: int
    takeover: bool
    new_journal: bool = False
    server: EmbeddedServer | None = None
    """The embedded server, to be started again should it end."""


async def serve_tenant(
    order: Order, observer: Observer, logger: structlog.stdlib.BoundLogger
) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises :class:`Fenced`, :class:`JournalGone`, :class:`CorruptJournal`,
    :class:`UnsuitableServerError` or :class:`UrlError`.
    """
    router_id = process_id()
    journal = RedisJournal(order.endpoint, order.keys, new_journal=order.new_journal)
    inbound = RedisInbound(order.endpoint, order.keys, observer.inbound_moved)
    snapshots = RedisSnapshots(order.endpoint, order.keys)
    lease = Lease(order.endpoint, order.keys.leader, router_id)
    settings = Settings(
        router_id=router_id,
        release=_release(),
        policy=order.policy,
        journal_bytes_max=order.journal_bytes_max,
    )
    service = Service(journal, inbound, observer, settings, time.monotonic, snapshots)
    load_expressions()
    stopped = asyncio.Event()
    try:
        with stop_signals(_all(service.stop, stopped.set)):
            waiting = _Waiting(order, lease, logger, stopped)
            if await waiting.for_server() and await waiting.for_turn():
                async with _kept(lease, logger), _revived(order.server, logger):
                    await _lead_and_run(service)
    finally:
        for part in (journal, inbound, snapshots, lease):
            await part.close()
    logger.info("stopped")


async def _lead_and_run(service: Service) -> None:
    with undisturbed():
        epoch = await service.lead()
    if epoch is not None:
        await service.run()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What comes before leading. Each step returns False when it was stopped meanwhile."""

    order: Order
    lease: Lease
    logger: structlog.stdlib.BoundLogger
    stopped: asyncio.Event

    async def for_server(self) -> bool:
        """Wait until the server answers, and check it."""
        wire = self.order.endpoint.wire("check")
        backoff = Backoff()
        while not self.stopped.is_set():
            try:
                facts = await check_server(wire)
            except StoreUnavailable as error:
                await self._unreachable(error, backoff)
                continue
            finally:
                await wire.close()
            self._tell(facts)
            return True
        return False

    async def for_turn(self) -> bool:
        """Wait until no other router holds the lease, or take it at once if so ordered."""
        backoff = Backoff()
        told = ""
        while not self.stopped.is_set():
            try:
                if self.order.takeover:
                    before = await self.lease.seize()
                    self.logger.info("taking over", holder=before or "nobody")
                    return True
                holder = await self.lease.acquire()
            except StoreUnavailable as error:
                await self._unreachable(error, backoff)
                continue
            if holder is None:
                return True
            if holder and holder != told:
                told = holder
                self.logger.info("waiting: another router leads", holder=holder)
            await self._pause(LEASE_POLL_S)
        return False

    def _tell(self, facts: ServerFacts) -> None:
        self.logger.info("connected", server=str(facts))
        if facts.eviction is None:
            self.logger.warning(
                "the server does not tell its maxmemory-policy; it must be noeviction"
            )
        if not facts.persistent:
            self.logger.warning(
                "the server keeps no append-only file: what it has not saved is lost when it ends"
            )

    async def _unreachable(self, error: StoreUnavailable, backoff: Backoff) -> None:
        if isinstance(error, ReplyError) and error.is_final:
            raise error
        if not backoff.attempt:
            self.logger.warning(
                "cannot reach the server, trying again",
                server=display_url(self.order.endpoint.url),
                error=str(error),
            )
        await self._pause(backoff.next_s())

    async def _pause(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self.stopped.wait()
        except TimeoutError:
            pass


@asynccontextmanager
async def _revived(
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
async def _kept(lease: Lease, logger: structlog.stdlib.BoundLogger) -> AsyncIterator[None]:
    """Renew the lease meanwhile, and give it back at the end."""
    renewing = asyncio.create_task(_renew(lease, logger))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        try:
            async with asyncio.timeout(1.0):
                await lease.release()
        except (StoreUnavailable, TimeoutError):
            # it runs out by itself
            pass


async def _renew(lease: Lease, logger: structlog.stdlib.BoundLogger) -> None:
    while True:
        await asyncio.sleep(LEASE_MS / 3_000)
        try:
            holder = await lease.renew()
        except StoreUnavailable:
            continue
        if holder is not None:
            # the journal will tell whether we have been replaced
            logger.warning("the lease has been taken", holder=holder)
            return


def _all(*calls: Callable[[], None]) -> Callable[[], None]:
    def call_all() -> None:
        for call in calls:
            call()

    return call_all


def _release() -> str:
    try:
        return version("onequeue")
    except PackageNotFoundError:
        return "0"
