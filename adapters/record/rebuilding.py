"""Folding a tenant's whole history into its record anew, in place of what was folded before."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from adapters.record.database import Database
from adapters.record.meters import RecordMeters
from adapters.record.migrating import migrate
from adapters.record.position import Place, clear
from adapters.record.serving import RecordOrder, following
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id

__all__ = ("rebuilt",)


async def rebuilt(
    order: RecordOrder,
    database: Database,
    logger: structlog.stdlib.BoundLogger,
    on_progress: Callable[[int], None] | None,
) -> tuple[Place, str]:
    """Drop what was folded, and fold it anew up to the journal's end; where that is. Where another
    process keeps the record it does the work: then its name is the second part.

    Raises as :func:`adapters.record.serving.follow_tenant` does.
    """
    await migrate(database)
    lease = Lease(order.endpoint, order.keys.record_leader, process_id(), PATIENT_TERMS)
    try:
        holder = await lease.acquire()
        place = await clear(database, order.keys.tenant)
        if holder is not None:
            return place, holder
        return await _folded(order, database, logger, lease, on_progress), ""
    finally:
        await lease.release()
        await lease.close()


async def _folded(
    order: RecordOrder,
    database: Database,
    logger: structlog.stdlib.BoundLogger,
    lease: Lease,
    on_progress: Callable[[int], None] | None,
) -> Place:
    follower, past, reader = following(order, database, RecordMeters(), logger)
    try:
        await follower.begin()
        while await follower.step():
            await lease.renew()
            if on_progress is not None:
                on_progress(follower.place.records)
        return follower.place
    finally:
        for one in (past, reader):
            await one.close()
