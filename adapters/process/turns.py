"""Turns: of several processes that could do a work, the one that holds a lease does it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from adapters.redis.lease import Lease
from adapters.redis.wire import Endpoint, ReplyError, display_url
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("first_of", "give_up", "until_lost", "wait_for_turn")

GIVE_UP_S_MAX: Final = 1.0


async def wait_for_turn(
    lease: Lease, endpoint: Endpoint, waiting: str, logger: structlog.stdlib.BoundLogger
) -> None:
    """Wait until nobody else has the lease, and take it; ``waiting`` is what the log says while
    somebody has.

    Raises :class:`ReplyError` when the server does not let us in.
    """
    backoff = Backoff()
    told = ""
    while True:
        try:
            holder = await lease.acquire()
        except StoreUnavailable as error:
            if isinstance(error, ReplyError) and error.is_final:
                raise
            if not backoff.attempt:
                where = display_url(endpoint.url)
                logger.warning("cannot reach the server, trying again", server=where)
            await asyncio.sleep(backoff.next_s())
            continue
        if holder is None:
            return
        if holder and holder != told:
            told = holder
            logger.info(waiting, holder=holder)
        await asyncio.sleep(lease.terms.poll_s)


async def until_lost(lease: Lease) -> None:
    """Renew the lease until somebody else has it."""
    while True:
        await asyncio.sleep(lease.terms.renew_s)
        try:
            if await lease.renew() is not None:
                return
        except StoreUnavailable:
            continue


async def give_up(giving: Coroutine[Any, Any, None]) -> None:
    """Give up what runs out by itself, if that is quickly done, so that others need not wait."""
    try:
        async with asyncio.timeout(GIVE_UP_S_MAX):
            await giving
    except (StoreUnavailable, TimeoutError):
        pass


async def first_of(*works: Coroutine[Any, Any, Any]) -> None:
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
