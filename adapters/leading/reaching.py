"""Reaching the server at the start: a router waits until it answers, and checks it."""

from __future__ import annotations

import asyncio

import structlog

from adapters.redis.refusals import remedy_of
from adapters.redis.server_check import ServerFacts, check_server
from adapters.redis.wire import Endpoint, ReplyError, display_url
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.persistence import wait_at_most

__all__ = ("reach_server",)


async def reach_server(
    endpoint: Endpoint, key: str, logger: structlog.stdlib.BoundLogger, stopped: asyncio.Event
) -> bool:
    """Wait until the server answers, and check it; False when we were stopped meanwhile.

    ``key`` is one of the tenant's: of a cluster, the node that has it is checked.
    """
    wire = endpoint.wire("check")
    backoff = Backoff()
    while not stopped.is_set():
        try:
            facts = await check_server(wire, key)
        except StoreUnavailable as error:
            if isinstance(error, ReplyError) and error.is_final:
                raise
            if not backoff.attempt:
                where = display_url(endpoint.url)
                logger.warning(
                    "cannot reach the server, trying again",
                    server=where,
                    error=str(error),
                    remedy=remedy_of(error),
                )
            await wait_at_most(stopped, backoff.next_s())
        else:
            _tell(facts, logger)
            return True
        finally:
            await wire.close()
    return False


def _tell(facts: ServerFacts, logger: structlog.stdlib.BoundLogger) -> None:
    logger.info("connected", server=str(facts))
    if facts.eviction is None:
        logger.warning("the server does not tell its maxmemory-policy; it must be noeviction")
    if not facts.persistent:
        logger.warning(
            "the server keeps no append-only file: what it has not saved is lost when it ends"
        )
    if facts.replicas and not facts.requires_replicas:
        logger.warning(
            "the server has replicas and does not wait for them: should it be cut off from them, "
            "it goes on alone, and what it takes then is lost when one is promoted; set "
            "min-replicas-to-write to 1 and min-replicas-max-lag to a few seconds",
            replicas=facts.replicas,
        )
