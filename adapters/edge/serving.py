"""One edge as a process: waits for its turn, works while it has it, and stops when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.edge.classifying import Classifier, ReadyRule
from adapters.edge.meters import EdgeMeters
from adapters.edge.relay import Relay
from adapters.redis.edge_stream import EdgeStream
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint, ReplyError, display_url
from adapters.stop_signals import stop_signals
from router.backoff import Backoff
from router.eligibility.expression import load as load_expressions
from router.errors import StoreUnavailable

__all__ = ("EdgeOrder", "serve_edge")


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
    edge_id = process_id()
    lease = Lease(order.endpoint, order.keys.edge_leader, edge_id, PATIENT_TERMS)
    load_expressions()
    stopped = asyncio.Event()
    try:
        with stop_signals(stopped.set):
            while not stopped.is_set():
                await _first(stopped.wait(), _turn(lease, order, logger))
                if not stopped.is_set():
                    await _work(order, lease, meters, logger, stopped)
            await _give_back(lease)
    finally:
        for rule in order.rules:
            rule.asking.close()
        await lease.close()
    logger.info("stopped")


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
        await _first(stopped.wait(), relay.run(), _until_lost(lease))
    finally:
        meters.working.set(0)
        await stream.close()


async def _turn(lease: Lease, order: EdgeOrder, logger: structlog.stdlib.BoundLogger) -> None:
    """Wait until no other edge has the lease."""
    backoff = Backoff()
    told = ""
    while True:
        try:
            holder = await lease.acquire()
        except StoreUnavailable as error:
            if isinstance(error, ReplyError) and error.is_final:
                raise
            if not backoff.attempt:
                where = display_url(order.endpoint.url)
                logger.warning("cannot reach the server, trying again", server=where)
            await asyncio.sleep(backoff.next_s())
            continue
        if holder is None:
            return
        if holder and holder != told:
            told = holder
            logger.info("waiting: another edge works", holder=holder)
        await asyncio.sleep(lease.terms.poll_s)


async def _until_lost(lease: Lease) -> None:
    while True:
        await asyncio.sleep(lease.terms.renew_s)
        try:
            if await lease.renew() is not None:
                return
        except StoreUnavailable:
            continue


async def _give_back(lease: Lease) -> None:
    try:
        async with asyncio.timeout(1.0):
            await lease.release()
    except (StoreUnavailable, TimeoutError):
        # it runs out by itself
        pass


async def _first(*works: Coroutine[Any, Any, Any]) -> None:
    """Run all until the first has ended, then end the others; raises what that one has raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
