"""Who leads a tenant, who stands by, and what lies before them: read from the streams alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.redis.journal_stream import record_bytes, record_of, time_ms
from adapters.redis.keys import Keys
from adapters.redis.standbys import Standby, Standbys
from adapters.redis.wire import Wire, checked
from router.errors import CorruptJournal
from router.events import LeaderStarted
from router.follower import records_between
from router.record import Record

__all__ = ("UNREAD_MAX", "JournalEnd", "Leadership", "Overview", "leadership_of", "overview_of")

UNREAD_MAX: Final = 1_000
"""Commands that are counted; there may be more."""


@dataclass(frozen=True, slots=True)
class Leadership:
    """Who has taken the lead last, by the journal."""

    epoch: int
    router_id: str
    release: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class JournalEnd:
    """The newest record, and how many there are."""

    last_id: str
    last: Record
    records: int


@dataclass(frozen=True, slots=True)
class Overview:
    """One moment of a tenant. ``holder`` has the lease ("": nobody); ``led`` None: not known."""

    now_ms: int
    holder: str
    journal: JournalEnd | None
    led: Leadership | None
    standbys: list[Standby]
    unread: int

    def lag(self, standby: Standby) -> int:
        """Records that a standby had still to fold when it announced itself last."""
        return 0 if self.journal is None else records_between(standby.last_id, self.journal.last_id)


async def overview_of(wire: Wire, keys: Keys) -> Overview:
    """Ask the server. Raises :class:`StoreUnavailable` or :class:`CorruptJournal`."""
    now, holder, newest, length = await wire.exchange(
        ("TIME",),
        ("GET", keys.leader),
        ("XREVRANGE", keys.journal, "+", "-", "COUNT", 1),
        ("XLEN", keys.journal),
    )
    journal = None
    for raw_id, fields in checked(newest):
        last_id = raw_id.decode()
        last = record_of(last_id, record_bytes(last_id, fields))
        journal = JournalEnd(last_id, last, checked(length))
    return Overview(
        now_ms=time_ms(checked(now)),
        holder=(checked(holder) or b"").decode(errors="replace"),
        journal=journal,
        led=None if journal is None else await _led(wire, keys, journal.last_id),
        standbys=await Standbys(wire, keys).listed(),
        unread=await _unread(wire, keys, "0-0" if journal is None else journal.last.position),
    )


def leadership_of(record_id: str, record: Record) -> Leadership:
    """What the first record of an epoch says. Raises :class:`CorruptJournal` for another one."""
    for event in record.events:
        if isinstance(event, LeaderStarted):
            return Leadership(event.epoch, event.router_id, event.release, record.now_ms)
    raise CorruptJournal(record_id, "the first record of an epoch does not say who leads")


async def _led(wire: Wire, keys: Keys, last_id: str) -> Leadership | None:
    first_id = last_id.partition("-")[0] + "-0"
    # it may have been trimmed
    for raw_id, fields in await wire.call("XRANGE", keys.journal, first_id, first_id):
        record_id = raw_id.decode()
        return leadership_of(record_id, record_of(record_id, record_bytes(record_id, fields)))
    return None


async def _unread(wire: Wire, keys: Keys, position: str) -> int:
    return len(await wire.call("XRANGE", keys.inbound, f"({position}", "+", "COUNT", UNREAD_MAX))
