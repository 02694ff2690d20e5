"""One edge as a process: waits for its turn, works while it has it, and stops when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from adapters.edge.classifying import Classifier, ReadyRule
from adapters.edge.meters import EdgeMeters
from adapters.edge.relay import Relay
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.redis.edge_stream import EdgeStream
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint
from router.eligibility.expression import load as load_expressions

__all__ = ("EdgeOrder", "serve_edge", "work_for_tenant")

WAITING: Final = "waiting: another edge works"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOrder:
    """Where the edge works, and by which rules."""

    endpoint: Endpoint
    keys: Keys
    rules: Sequence[ReadyRule]


async def serve_edge(
    order: EdgeOrder, meters: EdgeMeters, logger: structlog.stdlib.BoundLogger
) -> None:
    """Work until SIGTERM or SIGINT; one edge of a tenant at a time.

    Two at once would do no harm but to ask twice: moving a command is one step for the server.
    Raises :class:`ReplyError` when the server does not let us in, or :class:`UrlError`.
    """
    stopped = asyncio.Event()
    with stop_signals(stopped.set):
        await work_for_tenant(order, meters, logger, stopped)
    logger.info("stopped")


async def work_for_tenant(
    order: EdgeOrder,
    meters: EdgeMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """The same until ``stopped`` is set, beside others who share the process with it or alone."""
    lease = Lease(order.endpoint, order.keys.edge_leader, process_id(), PATIENT_TERMS)
    load_expressions()
    try:
        while not stopped.is_set():
            await first_of(stopped.wait(), wait_for_turn(lease, order.endpoint, WAITING, logger))
            if not stopped.is_set():
                await _work(order, lease, meters, logger, stopped)
        await give_up(lease.release())
    finally:
        for rule in order.rules:
            rule.asking.close()
        await lease.close()


async def _work(
    order: EdgeOrder,
    lease: Lease,
    meters: EdgeMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """Work until we are stopped, or another edge has taken our turn."""
    stream = EdgeStream(order.endpoint, order.keys)
    relay = Relay(stream, Classifier(order.rules, meters, logger), meters, logger)
    logger.info("working", stream=order.keys.edge, rules=len(order.rules))
    meters.working.set(1)
    try:
        await first_of(stopped.wait(), relay.run(), until_lost(lease))
    finally:
        meters.working.set(0)
        await stream.close()
