"""One process that keeps the record of one tenant: waits for its turn, works while it has it, and
stops when asked."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from adapters.archive import Archive
from adapters.cloudevents.reading import Past
from adapters.privacy.forgotten import told_of_erasures
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.record.database import Database
from adapters.record.errors import RecordFenced
from adapters.record.following import Following
from adapters.record.messages import Feed
from adapters.record.meters import RecordMeters
from adapters.record.migrating import migrate
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.wire import Endpoint

__all__ = ("RecordOrder", "follow_tenant", "following")

WAITING: Final = "waiting: another process keeps the record"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOrder:
    """Whose record to keep, and where. Does not show its URL, which may hold a password."""

    endpoint: Endpoint
    keys: Keys
    url: str
    archive: Path | None = None

    def __repr__(self) -> str:
        return f"RecordOrder({self.keys.tenant})"


async def follow_tenant(
    order: RecordOrder,
    meters: RecordMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """Keep the record until ``stopped`` is set; one process of a tenant at a time.

    Raises :class:`RecordParted`, :class:`RecordCut`, :class:`RecordOutdated`,
    :class:`RecordUnavailable`, :class:`CorruptJournal`, :class:`ArchiveUnusable`, and
    :class:`ReplyError` when the server does not let us in.
    """
    if order.archive is not None:
        # what cannot be read is told before anything is done
        await asyncio.to_thread(Archive, order.archive, order.keys.tenant)
    lease = Lease(order.endpoint, order.keys.record_leader, process_id(), PATIENT_TERMS)
    try:
        while not stopped.is_set():
            await first_of(stopped.wait(), wait_for_turn(lease, order.endpoint, WAITING, logger))
            if not stopped.is_set():
                await _work(order, lease, meters, logger, stopped)
        await give_up(lease.release())
    finally:
        await lease.close()


def following(
    order: RecordOrder,
    database: Database,
    meters: RecordMeters,
    logger: structlog.stdlib.BoundLogger,
) -> tuple[Following, Past, RedisJournalReader]:
    """What follows, with what is to be closed afterwards."""
    past = Past(order.endpoint, order.keys, order.archive)
    reader = RedisJournalReader(order.endpoint, order.keys)
    found = Following(past, reader, database, order.keys.tenant, meters, logger)
    return found, past, reader


async def _work(
    order: RecordOrder,
    lease: Lease,
    meters: RecordMeters,
    logger: structlog.stdlib.BoundLogger,
    stopped: asyncio.Event,
) -> None:
    """Work until we are stopped, or another process has taken our turn."""
    database, feed = Database(order.url), Feed(order.endpoint, order.keys)
    follower, past, reader = following(order, database, meters, logger)
    try:
        before, after = await migrate(database)
        if before != after:
            logger.info("the tables are new", before=before or "none", revision=after)
        await follower.begin()
        logger.info("keeping the record", position=follower.place.record_id, where=database.shown)
        meters.working.set(1)
        await first_of(
            stopped.wait(),
            until_lost(lease),
            follower.run(),
            follower.hear(feed),
            _forget(order, follower, meters),
        )
    except RecordFenced:
        logger.info("another process has begun to write: beginning anew")
    finally:
        meters.working.set(0)
        for one in (past, reader, feed, database):
            await one.close()


async def _forget(order: RecordOrder, follower: Following, meters: RecordMeters) -> None:
    """Erase whoever is forgotten, for ever; once more when the journal says nothing of them any
    more: what was read of it before may have been folded since."""
    names: dict[str, None] = {}
    async with aclosing(told_of_erasures(order.endpoint, order.keys)) as erasures:
        async for told in erasures:
            names |= dict.fromkeys(told.interactions)
            await follower.erase(names)
            meters.forgotten.inc(len(told.interactions))
            if told.is_journal_done:
                names.clear()
