"""Standing by: a router follows the journal from its start, until it holds the lease.

Only who has caught up asks for the lease: a router that was started anew, and has the whole journal
before it, leaves the lead to one that can go on at once.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from adapters.leading.collecting import undisturbed
from adapters.leading.vacancy import Vacancy
from adapters.process.turns import first_of
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.lease import Lease
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.standbys import ANNOUNCE_S, Standby, Standbys, was_handed_over
from adapters.redis.wire import ReplyError
from router.backoff import Backoff
from router.errors import CorruptJournal, StoreUnavailable
from router.follower import Follower
from router.ports import Observer
from router.recent import Recent
from router.record import NO_POSITION

__all__ = ("StandingBy", "Turn")

PATIENCE_S: Final = 10.0
"""How long a router that was started to stand by waits for another one to lead at all."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A router has the lease. ``follower`` has folded nearly all of the journal; ``waited`` is true
    when another router has led meanwhile."""

    follower: Follower
    waited: bool


@dataclass(slots=True, kw_only=True)
class StandingBy:
    """One router that waits for its turn.

    ``takeover``: it takes the lease from whoever holds it. ``only``: it leaves the lead to others
    as long as it can, and never begins a journal. ``recent`` are the last records, also of terms in
    which it leads.
    """

    lease: Lease
    reader: RedisJournalReader
    snapshots: RedisSnapshots
    standbys: Standbys
    observer: Observer
    logger: structlog.stdlib.BoundLogger
    release: str
    takeover: bool = False
    only: bool = False
    recent: Recent = field(default_factory=Recent)
    _vacancy: Vacancy = field(default_factory=Vacancy)
    _leader: str = ""
    _waited: bool = False
    _announced_s: float = float("-inf")

    async def until_turn(self) -> Turn:
        """Follow the journal until the lease is ours.

        Raises :class:`CorruptJournal` for a journal that cannot be folded from its start, and
        :class:`ReplyError` when the server does not let us in.
        """
        self._leader = ""
        while True:
            follower = Follower(self.observer, self.recent)
            try:
                await first_of(self._run(follower), self._until_ours(follower))
            except CorruptJournal as error:
                if not follower.has_begun:
                    raise
                # the server has lost what was followed, or trimmed what was not; its leader may be
                # about to write it again. A journal that is corrupt fails at the next begin
                self._vacancy.failed(time.monotonic())
                self.logger.warning("the journal is not what was followed", error=str(error))
                self.observer.state_dropped()
            else:
                waited, self._waited = self._waited, True
                return Turn(follower, waited)

    async def withdraw(self) -> None:
        """Tell the others that we stand by no more."""
        await self.standbys.withdraw(self.lease.process_id)

    async def was_handed_over(self) -> bool:
        """Whether we were told to hand over, and so have lost the lead as planned."""
        return await was_handed_over(self.standbys.wire, self.standbys.keys, self.lease.process_id)

    async def _run(self, follower: Follower) -> None:
        with undisturbed():
            await follower.begin(self.reader, self.snapshots)
        await follower.run(self.reader)

    async def _until_ours(self, follower: Follower) -> None:
        backoff, began_s = Backoff(), time.monotonic()
        while True:
            asked_s = time.monotonic()
            try:
                await self._announce(follower)
                if await self._look(follower, began_s):
                    await self.withdraw()
                    return
            except StoreUnavailable as error:
                self._vacancy.failed(time.monotonic())
                await self._unreachable(error, backoff)
            else:
                if backoff.attempt:
                    self.observer.store_recovered(backoff.attempt)
                backoff.reset()
                pause_s = self.lease.terms.poll_s - (time.monotonic() - asked_s)
                await asyncio.sleep(max(0.0, pause_s))

    async def _look(self, follower: Follower, began_s: float) -> bool:
        """Look who holds the lease, and take it if we may; whether it is ours."""
        asked_s = time.monotonic()
        holder = await self.lease.holder()
        now_s = time.monotonic()
        may_take = self._vacancy.looked(is_free=not holder, asked_s=asked_s, answered_s=now_s)
        if not follower.caught_up:
            return False
        if holder == self.lease.process_id:
            self.takeover = False
            return await self.lease.renew() is None
        if self.takeover:
            before = await self.lease.seize()
            self.takeover = False
            self.logger.info("taking over", holder=before or "nobody")
            return True
        if holder and holder != self._leader:
            self._leader, self._waited = holder, True
            self.logger.info("waiting: another router leads", holder=holder, at=follower.last_id)
        if may_take and self._may_lead(follower, now_s - began_s):
            return await self.lease.acquire() is None
        return False

    def _may_lead(self, follower: Follower, waited_s: float) -> bool:
        if not self.only:
            return True
        there_is_one = follower.last_id != NO_POSITION
        return there_is_one and (bool(self._leader) or waited_s >= PATIENCE_S)

    async def _announce(self, follower: Follower) -> None:
        now_s = time.monotonic()
        if now_s < self._announced_s + ANNOUNCE_S:
            return
        self._announced_s = now_s
        if follower.has_begun:
            await follower.measure(self.reader)
        await self.standbys.announce(
            Standby(
                process_id=self.lease.process_id,
                last_id=follower.last_id,
                ready=follower.caught_up,
                release=self.release,
            )
        )

    async def _unreachable(self, error: StoreUnavailable, backoff: Backoff) -> None:
        if isinstance(error, ReplyError) and error.is_final:
            raise error
        self.observer.store_error(error, backoff.attempt + 1)
        await asyncio.sleep(backoff.next_s())
