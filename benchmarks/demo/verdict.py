"""What the streams say once all is quiet: when offers were written, and what the checker finds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from redis.asyncio import Redis

from adapters.cli.connection import open_sync
from adapters.redis.keys import Keys
from adapters.verify import Report as CheckReport
from adapters.verify import check_stream
from benchmarks.demo.report import Verdict
from benchmarks.floor.wire import read_stream, unpack

__all__ = ("judge", "offer_times")

PAGE: Final = 1_000


async def offer_times(client: Redis, tenant: str, inboxes: Iterable[str]) -> dict[str, int]:
    """When each offer was first written to its work stream, in Redis' time (ms)."""
    times: dict[str, int] = {}
    for inbox in inboxes:
        key = Keys(tenant).work(inbox)
        position = "0-0"
        while entries := await read_stream(client, key, position, count=PAGE):
            position = entries[-1][0]
            for entry_id, fields in entries:
                entry = unpack(fields[b"m"])
                if entry["type"] == "offer":
                    times.setdefault(entry["offer_id"], int(entry_id.partition("-")[0]))
    return times


async def judge(url: str, tenant: str) -> Verdict:
    """The independent checker's word on everything that was written."""
    found = await asyncio.to_thread(_check, url, tenant)
    return Verdict(
        clean=found.clean,
        records=found.records,
        events=found.events,
        violations_total=found.violations_total,
        violations=tuple(str(violation) for violation in found.violations[:10]),
    )


def _check(url: str, tenant: str) -> CheckReport:
    with open_sync(url) as client:
        return check_stream(client, tenant)
