"""A receiver that verifies, counts and answers as told; and everything that delivers to it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog

from adapters.audit import Actor
from adapters.cloudevents.following import Following
from adapters.cloudevents.reading import Past
from adapters.projection.projection import Projection
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.deliveries import Deliveries
from adapters.webhooks.delivery import Means
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.register import Register
from adapters.webhooks.store import WebhookStore
from adapters.webhooks.terms import Terms
from adapters.webhooks.verifying import verify
from tests.adapters.edge.hook import Exchange, Hook
from tests.tenant import Tenant

__all__ = ("LOCAL", "Delivering", "Receiver", "delivering", "receiving", "told_by")

LOCAL = Destinations(loopback=True)
BRISK = Terms(timeout_s=2.0, retry_for_s=1.5, pause_after_s=30.0)


class Receiver:
    """What a receiver has taken, in its order; ``answers`` says what is answered to whom."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.secrets: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.answer: Callable[[dict[str, Any], Exchange], int] = lambda event, exchange: 204

    def take(self, exchange: Exchange) -> None:
        webhook_id = verify(self.secrets, exchange.headers, exchange.body)
        told = json.loads(exchange.body)
        events = told if isinstance(told, list) else [told]
        status = self.answer(events[0], exchange)
        if status < 300:
            self.taken += events
            self.ids.append(webhook_id)
        if status:
            exchange.raw(b"", status)


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Hook(lambda exchange: receiver.take(exchange)) as hook:
        receiver = Receiver(hook)
        yield receiver


class Delivering:
    """One process' worth of delivering, in this one."""

    def __init__(self, server: EmbeddedServer, terms: Terms) -> None:
        endpoint, keys = Endpoint(server.url), Keys("t")
        logger = structlog.get_logger()
        self.tenant = Tenant(server)
        self.projection = Projection(endpoint, keys, logger)
        self.letters = DeadLetters(endpoint, keys)
        self.store = WebhookStore(endpoint, keys)
        self.past = Past(endpoint, keys)
        self.meters = WebhookMeters()
        following = Following(self.projection, self.past)
        self.means = Means(
            following, self.letters, LOCAL, terms, self.meters, logger, random.Random(1)
        )
        self.register = Register(self.store, self.letters, self.past, LOCAL, Actor("test"))
        self.tenant.client.set(keys.webhook_leader, "me")
        self.deliveries = Deliveries(self.store, self.means, "me")

    def counted(self, webhook: str, outcome: str) -> float:
        labels = {"webhook": webhook, "outcome": outcome}
        return (
            self.meters.registry.get_sample_value("onequeue_webhook_deliveries_total", labels) or 0
        )


@asynccontextmanager
async def delivering(server: EmbeddedServer, terms: Terms = BRISK) -> AsyncIterator[Delivering]:
    one = Delivering(server, terms)
    following = asyncio.create_task(one.projection.run())
    await one.projection.until_ready()
    running = asyncio.create_task(one.deliveries.run())
    try:
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await one.deliveries.close()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        for part in (one.projection, one.letters, one.store, one.past):
            await part.close()


def told_by(tenant: Tenant) -> list[str]:
    """The ids of all events in the journal so far."""
    journal = tenant.journal()
    pairs = zip(journal.ids, journal.records, strict=True)
    return [f"{name}/{n}" for name, record in pairs for n in range(len(record.events))]
