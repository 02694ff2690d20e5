"""What a router remembers of its last records is erased with them.

It keeps them for the case that a replica is promoted that lacks some, and would write those again.
So when a journal has been rewritten it reads them once more: what stands there has the same ids and
the same hashes, and is as good for that.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

import structlog

from adapters.privacy.forgotten import told_of_erasures
from adapters.redis.journal_stream import record_in
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, ReplyError
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.recent import Recent
from router.record import NO_POSITION, stands_for

__all__ = ("erase_remembered",)

PAGE_RECORDS: Final = 128
"""Read, or looked through, without a pause: some hundred microseconds."""


async def erase_remembered(
    endpoint: Endpoint, keys: Keys, recent: Recent, logger: structlog.stdlib.BoundLogger
) -> None:
    """Erase of ``recent`` what is erased from the journal, for ever."""

    def refused(error: ReplyError) -> None:
        logger.warning("erasures do not reach what this router remembers", error=str(error))

    async with aclosing(told_of_erasures(endpoint, keys, refused)) as erasures:
        async for told in erasures:
            found = await _patiently_erased(endpoint, keys, recent) if told.is_journal_done else {}
            changed = await _erase(recent, found, frozenset(told.interactions))
            if changed:
                logger.info("erased from what this router remembers", records=changed)


async def _erase(recent: Recent, found: dict[str, bytes], interactions: frozenset[str]) -> int:
    changed, position = 0, NO_POSITION
    while True:
        count, position = recent.erase(found, interactions, position, PAGE_RECORDS)
        changed += count
        if not position:
            return changed
        await asyncio.sleep(0)


async def _patiently_erased(endpoint: Endpoint, keys: Keys, recent: Recent) -> dict[str, bytes]:
    backoff = Backoff()
    while True:
        try:
            return await _erased(endpoint, keys, recent)
        except StoreUnavailable:
            await asyncio.sleep(backoff.next_s())


async def _erased(endpoint: Endpoint, keys: Keys, recent: Recent) -> dict[str, bytes]:
    """What the journal holds in place of records from which something was erased."""
    wire, found = endpoint.wire("remembered"), dict[str, bytes]()
    begin, last = recent.first_id, recent.last_id
    try:
        while begin:
            page = await wire.call("XRANGE", keys.journal, begin, last, "COUNT", PAGE_RECORDS)
            records = [record_in(entry) for entry in page]
            found |= {name: data for name, data in records if stands_for(data) is not None}
            begin = f"({records[-1][0]}" if len(records) == PAGE_RECORDS else ""
    finally:
        await wire.close()
    return found
