"""One process that delivers webhooks: waits for its turn, works while it has it, and stops when
asked."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from adapters.archive import Archive
from adapters.cloudevents.following import Following
from adapters.cloudevents.reading import Past
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.projection.projection import Projection
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.deliveries import Deliveries
from adapters.webhooks.delivery import Means
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.store import WebhookStore
from adapters.webhooks.terms import Terms
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("WebhookOrder", "deliver_for_tenant", "serve_webhooks")

WAITING: Final = "waiting: another process delivers"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOrder:
    """Whose webhooks to deliver, where to, and how patiently. ``archive``: where events are read
    that the journal has no more."""

    endpoint: Endpoint
    keys: Keys
    destinations: Destinations
    terms: Terms
    archive: Path | None = None


async def serve_webhooks(
    order: WebhookOrder, meters: WebhookMeters, logger: structlog.stdlib.BoundLogger
) -> None:
    """Deliver until SIGTERM or SIGINT; one process of a tenant at a time.

    Two at once would deliver some things twice. Raises :class:`ReplyError` when the server does not
    let us in, :class:`UrlError`, or :class:`ArchiveUnusable`.
    """
    stopped = asyncio.Event()
    with stop_signals(stopped.set):
        await deliver_for_tenant(order, meters, logger, stopped)
    logger.info("stopped")


async def deliver_for_tenant(
    order: WebhookOrder,
    meters: WebhookMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """The same until ``stopped`` is set, beside others who share the process with it or alone."""
    if order.archive is not None:
        # what cannot be read is told before anything is delivered
        await asyncio.to_thread(Archive, order.archive, order.keys.tenant)
    lease = Lease(order.endpoint, order.keys.webhook_leader, process_id(), PATIENT_TERMS)
    try:
        while not stopped.is_set():
            await first_of(stopped.wait(), wait_for_turn(lease, order.endpoint, WAITING, logger))
            if not stopped.is_set():
                await _work(order, lease, meters, logger, stopped)
        await give_up(lease.release())
    finally:
        await lease.close()


async def _work(
    order: WebhookOrder,
    lease: Lease,
    meters: WebhookMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """Work until we are stopped, or another process has taken our turn."""
    projection = Projection(order.endpoint, order.keys, logger)
    past = Past(order.endpoint, order.keys, order.archive)
    letters = DeadLetters(order.endpoint, order.keys)
    store = WebhookStore(order.endpoint, order.keys)
    means = Means(
        following=Following(projection, past),
        letters=letters,
        destinations=order.destinations,
        terms=order.terms,
        meters=meters,
        logger=logger,
        draw=random.SystemRandom(),
    )
    deliveries = Deliveries(store, means, lease.process_id)
    try:
        await first_of(
            stopped.wait(),
            until_lost(lease),
            projection.run(),
            _deliver(projection, deliveries, meters, logger),
        )
    finally:
        await deliveries.close()
        meters.working.set(0)
        for one in (projection, past, letters, store):
            await one.close()


async def _deliver(
    projection: Projection,
    deliveries: Deliveries,
    meters: WebhookMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    await projection.until_ready()
    logger.info("delivering", position=projection.last_id)
    meters.working.set(1)
    backoff = Backoff()
    while True:
        try:
            return await deliveries.run()
        except StoreUnavailable:
            meters.redis_errors.inc()
            await asyncio.sleep(backoff.next_s())
