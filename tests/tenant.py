"""One tenant on a real server, driven as its clients would drive it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.engine import Engine
from router.events import Event
from router.follower import Follower
from router.intake import DEFAULT_LIMITS, IntakeLimits
from router.policy import Policy, parse_policy
from router.ports import Observer, Stretch
from router.record import Record, decode_record
from router.service import Service, Settings
from router.state import State
from tests.servers import plain_client

__all__ = ("POLICY", "Journaled", "Notes", "Tenant", "running_service")

POLICY: dict[str, Any] = {
    "channels": {
        "voice": {"exclusive": True, "offer_ttl_s": 20, "target_s": 20},
        "chat": {"cost": 30, "maximum": 3, "offer_ttl_s": 20, "target_s": 60},
        "flash": {"cost": 30, "maximum": 3, "offer_ttl_s": 0.1, "target_s": 60},
    },
    "queues": {"general": {}},
    "skills": {"english": {}},
    "default_queue": "general",
}


class Notes(Observer):
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.took_s: list[float] = []
        self.replays = 0
        self.lags: list[int] = []
        self.drops = 0
        self.errors: list[Exception] = []
        self.recoveries: list[int] = []
        self.epochs: list[int] = []
        self.missed: list[str] = []
        self.bugs: list[tuple[Exception, int]] = []
        self.trimmed_bytes = 0
        self.expression_faults = 0
        self.moves: list[tuple[str, str]] = []
        self.restored_from: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.backlogs: list[tuple[int, int]] = []
        self.written_again: list[Stretch] = []
        self.lost: list[Stretch] = []
        self.epochs_lost: list[tuple[str, int]] = []

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        self.records.append(record)
        self.took_s.append(took_s)

    def replayed(self, record: Record, record_bytes: int) -> None:
        self.replays += 1

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        self.restored_from.append(record_id)

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        self.refused.append((record_id, reason))

    def following(self, behind: int) -> None:
        self.lags.append(behind)

    def state_dropped(self) -> None:
        self.drops += 1

    def store_error(self, error: Exception, attempt: int) -> None:
        self.errors.append(error)

    def store_recovered(self, attempts: int) -> None:
        self.recoveries.append(attempts)

    def led(self, epoch: int) -> None:
        self.epochs.append(epoch)

    def undelivered(self, inboxes: Sequence[str]) -> None:
        self.missed += inboxes

    def journal_trimmed(self, trimmed_bytes: int) -> None:
        self.trimmed_bytes = trimmed_bytes

    def engine_failed(self, error: Exception, commands: int) -> None:
        self.bugs.append((error, commands))

    def expressions_failed(self, count: int) -> None:
        self.expression_faults += count

    def backlog(self, entries: int, age_ms: int) -> None:
        self.backlogs.append((entries, age_ms))

    def inbound_moved(self, found: str, position: str) -> None:
        self.moves.append((found, position))

    def records_restored(self, restored: Stretch) -> None:
        self.written_again.append(restored)

    def records_lost(self, lost: Stretch) -> None:
        self.lost.append(lost)

    def epochs_missing(self, last: str, epoch: int) -> None:
        self.epochs_lost.append((last, epoch))


class Journaled:
    """A journal as it stands in Redis, folded by an engine of its own."""

    def __init__(self, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        self.ids = [entry_id.decode() for entry_id, _ in entries]
        self.records = [decode_record(fields[b"r"]) for _, fields in entries]
        self.events: list[Event] = [event for record in self.records for event in record.events]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def fold(self) -> Engine:
        engine = Engine()
        for record in self.records:
            for event in record.events:
                engine.apply(event, record.now_ms)
        return engine


class Tenant:
    """What clients see of one tenant, over an ordinary Redis client."""

    def __init__(self, server: EmbeddedServer, tenant: str = "t") -> None:
        self.keys = Keys(tenant)
        self.client = plain_client(server)

    def send(self, *commands: dict[str, Any]) -> list[str]:
        """Add commands to inbound; their entry ids."""
        pipeline = self.client.pipeline(transaction=False)
        for command in commands:
            pipeline.xadd(self.keys.inbound, {"m": msgspec.msgpack.encode(command)})
        return [entry_id.decode() for entry_id in pipeline.execute()]

    def journal(self) -> Journaled:
        """Everything journaled so far."""
        return Journaled(self.client.xrange(self.keys.journal))

    def work(self, inbox: str = "desk") -> list[dict[str, Any]]:
        """Everything in a work stream."""
        return [
            msgspec.msgpack.decode(fields[b"m"])
            for _, fields in self.client.xrange(self.keys.work(inbox))
        ]

    async def until(self, what: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Wait until something can be seen in Redis (which tells nobody)."""
        deadline = time.monotonic() + timeout_s
        while not what():
            assert time.monotonic() < deadline, "it did not come about"
            await asyncio.sleep(0.005)

    async def until_consumed(self, entry_id: str) -> None:
        """Wait until the outcome of an inbound entry is journaled."""

        def consumed() -> bool:
            newest = self.client.xrevrange(self.keys.journal, count=1)
            return bool(newest) and _order(decode_record(newest[0][1][b"r"]).position) >= _order(
                entry_id
            )

        await self.until(consumed)


def _order(entry_id: str) -> tuple[int, int]:
    major, _, minor = entry_id.partition("-")
    return int(major), int(minor)


@asynccontextmanager
async def running_service(
    url: str,
    tenant: str = "t",
    *,
    notes: Notes | None = None,
    policy: dict[str, Any] | Policy | None = POLICY,
    intake: IntakeLimits = DEFAULT_LIMITS,
    stop: bool = True,
    follower: Follower | None = None,
) -> AsyncIterator[tuple[Service, asyncio.Task[None]]]:
    """A service that leads, from where a follower stands if there is one; stopped at the end,
    unless it is ``stop=False``: then it is cut off."""
    notes = notes or Notes()
    endpoint, keys = Endpoint(url, timeout_s=2.0), Keys(tenant)
    journal = RedisJournal(endpoint, keys, on_missing=notes.epochs_missing)
    inbound = RedisInbound(endpoint, keys, notes.inbound_moved)
    settings = Settings(
        router_id="test",
        release="0",
        policy=parse_policy(policy) if isinstance(policy, dict) else policy,
        intake=intake,
    )
    snapshots = RedisSnapshots(endpoint, keys)
    service = Service(journal, inbound, notes, settings, time.monotonic, snapshots)
    try:
        assert await service.lead(follower) is not None
        running = asyncio.create_task(service.run())
        try:
            yield service, running
            if stop:
                service.stop()
                await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    finally:
        await journal.close()
        await inbound.close()
        await snapshots.close()
