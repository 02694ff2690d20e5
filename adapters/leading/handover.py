"""A planned handover: the lease goes from the leader to a standby, which takes the lead at once.

The old leader decides until the standby's first record fences it, and follows from then on. So
nothing waits but what came in between that record and the next.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.leading.overview import Leadership, Overview, leadership_of, overview_of
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.journal_stream import record_of
from adapters.redis.keys import Keys
from adapters.redis.standbys import Standby, hand_over
from adapters.redis.wire import Endpoint, ReplyError, Wire
from router.errors import CallerError
from router.record import Record

__all__ = ("CannotHandOver", "HandedOver", "hand_over_to")

TAKEN_S_MAX: Final = 5.0
"""How long the standby may take; a leader that has its lease back by then leads on."""

WORK_S_MAX: Final = 1.0
"""How long a record after the first is waited for: on a quiet floor there is none."""

PAGE_RECORDS: Final = 100


class CannotHandOver(CallerError):
    """There is nobody to hand over, or nobody to take it; nothing was changed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail}; nothing was changed"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who led, who was to lead, and who leads now; ``led`` None: nobody has taken the lead.

    ``pause_ms`` is the time from the new leader's first record, which ends the old one's work, to
    its second; None where there was nothing to record.
    """

    before: str
    asked: str
    led: Leadership | None
    took_ms: int = 0
    pause_ms: int | None = None

    @property
    def done(self) -> bool:
        """Whether whom it was handed to leads."""
        return self.led is not None and self.led.router_id == self.asked


async def hand_over_to(endpoint: Endpoint, keys: Keys, to: str | None) -> HandedOver:
    """Hand over to a standby (None: to the one that is furthest), and wait until it leads.

    Raises :class:`CannotHandOver`.
    """
    wire, reader = endpoint.wire("handover"), RedisJournalReader(endpoint, keys)
    try:
        seen = await overview_of(wire, keys)
        standby = _chosen(seen, to)
        if seen.journal is None:
            raise CannotHandOver("there is no journal yet")
        await _give(wire, keys, seen.holder, standby.process_id)
        asked_s = time.monotonic()
        return await _taken(reader, seen, standby, seen.journal.last_id, asked_s)
    finally:
        await wire.close()
        await reader.close()


def _chosen(seen: Overview, to: str | None) -> Standby:
    if not seen.holder:
        raise CannotHandOver("no router leads; a standby takes the lead by itself")
    if not seen.standbys:
        raise CannotHandOver("no router stands by; start a second one with `onequeue serve`")
    if to is None:
        if not seen.standbys[0].ready:
            raise CannotHandOver("no standby has caught up yet; `onequeue status` shows how far")
        return seen.standbys[0]
    meant = [standby for standby in seen.standbys if standby.process_id.startswith(to)]
    if len(meant) != 1:
        names = ", ".join(standby.process_id for standby in seen.standbys)
        which = f"{len(meant)} standbys begin" if meant else "no standby begins"
        raise CannotHandOver(f"{which} with {to!r}; there are: {names}")
    if not meant[0].ready:
        raise CannotHandOver(f"{meant[0].process_id} has not caught up yet")
    return meant[0]


async def _give(wire: Wire, keys: Keys, leader: str, standby: str) -> None:
    try:
        await hand_over(wire, keys, leader, standby)
    except ReplyError as error:
        if error.code in {"NOTLEADING", "NOSTANDBY"}:
            raise CannotHandOver(error.detail) from None
        raise


async def _taken(
    reader: RedisJournalReader, seen: Overview, standby: Standby, after: str, asked_s: float
) -> HandedOver:
    """Read along until another epoch has begun, and the record after that."""
    before, asked = seen.holder, standby.process_id
    epoch = int(after.partition("-")[0])
    led: Leadership | None = None
    took_ms = 0
    deadline_s = asked_s + TAKEN_S_MAX
    while (left_s := deadline_s - time.monotonic()) > 0:
        for record_id, record in await _page(reader, after, left_s):
            after = record_id
            if led is not None:
                return HandedOver(before, asked, led, took_ms, record.now_ms - led.since_ms)
            if int(record_id.partition("-")[0]) > epoch:
                led = leadership_of(record_id, record)
                took_ms = round((time.monotonic() - asked_s) * 1_000)
                deadline_s = time.monotonic() + WORK_S_MAX
    return HandedOver(before, asked, led, took_ms)


async def _page(
    reader: RedisJournalReader, after: str, left_s: float
) -> Sequence[tuple[str, Record]]:
    page = await reader.read(after, PAGE_RECORDS, max(1, round(left_s * 1_000)))
    return [(record_id, record_of(record_id, data)) for record_id, data in page]
