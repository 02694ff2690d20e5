"""The service: drives one engine from inbound to journal, through ports.

One task reads ahead, one decides and appends, one does the upkeep. While an append is on its way,
further commands gather in the buffer and form the next batch, so a batch grows with the load.
Memory may run ahead of the journal by one record, but nothing of it is visible outside before the
append has been answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from router import limits
from router.clock import StoreClock
from router.commands import Command, ReplacePolicy, SetIntake, Withdraw
from router.draft import Batch, Draft, blamed, decode_batch, draft_of
from router.engine import Engine
from router.errors import CorruptJournal, Fenced, InvariantError, RecordsLost, TailLost
from router.events import Event, OfferIssued
from router.follower import Follower
from router.inputs import Input
from router.intake import DEFAULT_LIMITS, Intake, IntakeLimits
from router.outage import Outage
from router.outbox import open_offer_entries
from router.persistence import Persistence, Stopped
from router.policy import Policy, default_policy
from router.ports import (
    DeadLetter,
    Inbound,
    Journal,
    Observer,
    Snapshots,
    WorkEntry,
)
from router.reader import Reader
from router.record import FORMAT, Record, encode_record
from router.recovery import Recovered, recover, require_own_takeover
from router.restoration import Remembering
from router.share import WHOLE, Share
from router.tail import Tail
from router.undelivered import Undelivered
from router.upkeep import UPKEEP_S, Upkeep, retention_ms

__all__ = ("Service", "Settings")

DELIVER_AGAIN_S: Final = 2.0
LATE_S: Final = 1.0
"""An append that took longer: the offers in it are made anew."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a service is told at its start.

    ``policy`` None leaves the one in force; with ``keep_policy`` it is for a tenant that has none.
    """

    router_id: str
    release: str
    policy: Policy | None = None
    keep_policy: bool = False
    intake: IntakeLimits = DEFAULT_LIMITS


class Service:
    """One tenant's router: ``await lead()``, then ``await run()`` until ``stop()``.

    ``monotonic`` gives seconds from any origin; without ``snapshots`` recovery begins with the
    journal's first record; ``share`` bounds the batches of who is not alone in the process. Both
    raise :class:`Fenced`, :class:`JournalGone`, :class:`RecordsLost` or :class:`CorruptJournal`,
    each of which ends the service without a further effect.
    """

    def __init__(
        self,
        journal: Journal,
        inbound: Inbound,
        observer: Observer,
        settings: Settings,
        monotonic: Callable[[], float],
        snapshots: Snapshots | None = None,
        share: Share = WHOLE,
    ) -> None:
        self._journal = journal
        self._share = share
        self._snapshots = snapshots
        self._observer = observer
        self._outage = Outage(observer)
        self._faults_told = 0
        self._settings = settings
        self._monotonic = monotonic
        self._clock = StoreClock(monotonic)
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._reader = Reader(
            inbound,
            self._clock,
            self._outage,
            self._woken,
            monotonic,
            lambda: self._engine.next_due_ms(),
            share,
        )
        self._upkeep = Upkeep(journal, inbound, self._outage, monotonic)
        self._intake = Intake(settings.intake)
        self._engine = Engine()
        self._tail = Tail()
        self._persistence = Persistence(
            journal, observer, self._outage, self._stopped, self._keep_undelivered
        )
        self._own_commands: list[Command] = []
        self._undelivered = Undelivered()
        self._unsettled = True

    @property
    def engine(self) -> Engine:
        """The engine, for reading only."""
        return self._engine

    @property
    def position(self) -> str:
        """The last inbound entry whose outcome is journaled."""
        return self._tail.position

    def stop(self) -> None:
        """Finish the batch in flight and return from ``run``. May be called from a signal."""
        self._stopped.set()
        self._woken.set()

    def let_go(self) -> None:
        """Once it has ended: no part of it holds it any longer, so the state goes when it does."""
        del self._reader, self._persistence

    async def lead(self, follower: Follower | None = None) -> int | None:
        """Take the lead and recover the state; the epoch, or None if it was stopped meanwhile.

        The engine of a ``follower``, who must have stopped, goes on from where it stands.
        """
        settings = self._settings
        try:
            epoch = await self._take_lead(follower)
            await self._persistence.persist(self._upkeep.look)
        except Stopped:
            return None
        require_own_takeover(self._tail, epoch)
        if self._sets_policy():
            self._own_commands.append(_policy_command(settings.policy or default_policy()))
        self._observer.led(epoch)
        return epoch

    async def _take_lead(self, follower: Follower | None) -> int:
        settings = self._settings
        if follower is not None and follower.recent is not None:
            self._persistence.recent = follower.recent
        while True:
            # the journal may lack what was followed, and nobody else may still have it
            await self._persistence.restore_followed()
            epoch = await self._persistence.persist(
                lambda: self._journal.take_lead(settings.router_id, settings.release)
            )
            try:
                if follower is None or not await self._go_on_from(follower, epoch):
                    await self._rebuild()
            except TailLost as lost:
                # a replica was promoted that has not heard of us; nothing has come of our lead yet
                self._outage.failed("writing", lost)
            else:
                self._outage.answered("writing")
                return epoch

    def _sets_policy(self) -> bool:
        if not self._engine.state.policy_version:
            return True
        return self._settings.policy is not None and not self._settings.keep_policy

    async def run(self) -> None:
        """Serve until ``stop`` is called."""
        try:
            await self._run()
        except (Fenced, RecordsLost):
            await self._persistence.tell_lost()
            raise

    async def _run(self) -> None:
        tasks = [
            asyncio.create_task(coroutine)
            for coroutine in (self._serve(), self._reader.run(self.position), self._tend())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_S)
            position = self.position
            try:
                waiting = await self._upkeep.turn(
                    position, self._clock.now_ms(), retention_ms(self._engine.state)
                )
            except TailLost as lost:
                # it is repaired between two appends
                self._persistence.lost = lost
                self._woken.set()
                continue
            self._observer.journal_trimmed(self._upkeep.trimmed_bytes)
            if waiting is not None:
                self._measure(position, waiting)

    def _measure(self, position: str, waiting: int) -> None:
        """Take in how much waits; intake may have to be closed or opened for it."""
        age_ms = self._reader.age_ms(self._clock.now_ms())
        self._intake.sample(position, waiting, age_ms)
        self._observer.backlog(waiting, age_ms)
        self._woken.set()

    # --- deciding ---

    async def _serve(self) -> None:
        try:
            await self._send_open_offers_again()
            while await self._work_waits():
                if self._persistence.lost is not None:
                    await self._persistence.repair(self._persistence.lost)
                await self._tell_restored()
                if self._must_deliver_again():
                    await self._deliver_again()
                await self._turn()
            await self._tell_restored()
        except Stopped:
            # the batch in flight could not be written; it was not seen by anyone
            return

    async def _work_waits(self) -> bool:
        """Wait until there is something to do; False when it is to stop."""
        while not self._stopped.is_set():
            if self._has_work():
                return True
            self._woken.clear()
            await self._woken.wait()
        return False

    def _has_work(self) -> bool:
        reader, engine = self._reader, self._engine
        if self._persistence.lost is not None or self._persistence.restored:
            return True
        if reader.has_entries or not reader.has_read:
            # before the first read it is not known what should come first
            return reader.has_entries
        if self._unsettled or engine.partial or engine.is_behind:
            return True
        if self._own_commands or self._intake_change():
            return True
        if self._must_deliver_again():
            return True
        due_ms = engine.next_due_ms()
        return due_ms is not None and due_ms <= min(reader.horizon_ms, self._clock.now_ms())

    async def _turn(self) -> None:
        now_ms = self._clock.now_ms()
        own = self._own_inputs()
        # a batch that was cut is matched before anything else is taken up
        taken = self._reader.take(0 if self._engine.unmatched else self._share.commands_max())
        began_s = self._monotonic()
        batch = decode_batch(own, taken.entries, now_ms)
        upto_ms = self._reader.horizon_ms
        try:
            draft = draft_of(self._engine, batch, self._tail, now_ms, upto_ms)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a bug of the engine
            await self._isolate(batch, error)
            return
        self._unsettled = False
        self._share.took(len(taken.entries), self._monotonic() - began_s)
        await self._commit(draft, taken.read_at_s)

    async def _commit(self, draft: Draft | None, read_at_s: float) -> None:
        if draft is None:
            await asyncio.sleep(0)
            return
        began_s = self._monotonic()
        await self._append(draft.record, draft.data, draft.work, draft.dead)
        ended_s = self._monotonic()
        self._observer.recorded(draft.record, len(draft.data), ended_s - read_at_s)
        self._tell_expression_faults()
        if ended_s - began_s > LATE_S:
            self._withdraw_late(draft.record)

    def _tell_expression_faults(self) -> None:
        faults = self._engine.expression_faults
        if faults > self._faults_told:
            self._observer.expressions_failed(faults - self._faults_told)
        # an engine that was built anew counts from the beginning
        self._faults_told = faults

    def _withdraw_late(self, record: Record) -> None:
        """Redis was away between an offer and its writing: much of its time has passed unseen.

        It is made anew, so that nobody counts as not responding to what they could not see.
        """
        late = tuple(event.offer_id for event in record.events if isinstance(event, OfferIssued))
        if late:
            self._own_commands.append(Withdraw(offer_ids=late, reason="written_late"))

    def _own_inputs(self) -> list[Input]:
        commands, self._own_commands = self._own_commands, []
        change = self._intake_change()
        if change is not None:
            commands.append(change)
        # they come before everything that was read, and before any timer
        return [Input("", 0, command) for command in commands]

    def _intake_change(self) -> SetIntake | None:
        held = self._tail.journal_bytes - self._upkeep.trimmed_bytes
        return self._intake.change(self._engine.state, held)

    # --- after a bug ---

    async def _isolate(self, batch: Batch, error: Exception) -> None:
        """Rebuild the engine and go through the batch one by one, to refuse what it cannot take.

        Raises :class:`InvariantError` when it fails even without any command.
        """
        self._observer.engine_failed(error, len(batch.inputs))
        await self._persistence.write(self._rebuild)
        for single in batch.one_by_one() or [batch]:
            await self._decide_alone(single)

    async def _decide_alone(self, single: Batch) -> None:
        now_ms, began_s = self._clock.now_ms(), self._monotonic()
        upto_ms = min((item.at_ms for item in single.inputs), default=self._reader.horizon_ms)
        try:
            draft = draft_of(self._engine, single, self._tail, now_ms, upto_ms)
        except Exception as error:
            self._observer.engine_failed(error, len(single.inputs))
            if not single.inputs:
                raise InvariantError("the engine fails without any command") from error
            await self._persistence.write(self._rebuild)
            draft = self._refuse(single, now_ms, upto_ms)
        await self._commit(draft, began_s)

    def _refuse(self, single: Batch, now_ms: int, upto_ms: int) -> Draft | None:
        try:
            return draft_of(self._engine, blamed(single), self._tail, now_ms, upto_ms)
        except Exception as error:
            raise InvariantError("the engine fails even without the command") from error

    # --- the journal ---

    async def _append(
        self,
        record: Record,
        data: bytes,
        work: Sequence[WorkEntry],
        dead: Sequence[DeadLetter],
    ) -> None:
        appended = await self._persistence.append(data, work, dead)
        self._tail = self._tail.after(record, data)
        self._clock.not_before(record.now_ms)
        self._clock.sample(appended.now_ms)
        failed = appended.failed_inboxes
        if failed:
            self._observer.undelivered(failed)
            self._keep_undelivered([entry for entry in work if entry.inbox in failed])

    async def _send_open_offers_again(self) -> None:
        """A takeover may have come between a record and its reader: offers are sent once more."""
        await self._send(open_offer_entries(self._engine.state))

    def _keep_undelivered(self, entries: Sequence[WorkEntry]) -> None:
        if entries:
            self._undelivered.keep(entries, self._monotonic() + DELIVER_AGAIN_S)

    def _must_deliver_again(self) -> bool:
        return self._undelivered.is_due(self._monotonic())

    async def _deliver_again(self) -> None:
        """Entries that could not be written are tried once more, in their order."""
        await self._send(self._undelivered.take(self._engine.state))

    async def _send(self, entries: Sequence[WorkEntry]) -> None:
        """Write work entries with records that hold no event."""
        most = limits.WORK_ENTRIES_MAX
        for begin in range(0, len(entries), most):
            await self._add([], entries[begin : begin + most])

    async def _add(self, events: list[Event], entries: Sequence[WorkEntry] = ()) -> None:
        """Write a record of the service's own, which decides nothing."""
        record = Record(
            v=FORMAT,
            now_ms=self._clock.now_ms(),
            position=self._tail.position,
            consumed=0,
            prev=self._tail.hash,
            events=events,
            partial=True,
        )
        await self._append(record, encode_record(record), entries, ())

    async def _tell_restored(self) -> None:
        """Let the journal tell what has been put back into it, if anything."""
        restored, self._persistence.restored = self._persistence.restored, []
        if restored:
            await self._add([*restored])

    async def _go_on_from(self, follower: Follower, epoch: int) -> bool:
        """Take a follower's engine over; False when what it has folded is not in this journal."""
        try:
            await self._persistence.persist(lambda: follower.finish(self._journal))
            require_own_takeover(follower.recovered.tail, epoch)
        except CorruptJournal:
            # the server has lost what was followed; if it is corrupt indeed, a replay will tell
            self._observer.state_dropped()
            return False
        self._adopt(follower.recovered)
        return True

    async def _rebuild(self) -> None:
        self._adopt(await self._persistence.persist(self._recover))

    def _adopt(self, recovered: Recovered) -> None:
        self._engine, self._tail = recovered.engine, recovered.tail
        self._engine.touch_everything()
        self._unsettled = True
        self._clock.not_before(self._tail.now_ms)

    async def _recover(self) -> Recovered:
        records = Remembering(self._journal, self._persistence.recent, self._observer)
        return await recover(records, self._snapshots, self._observer, Engine)


def _policy_command(policy: Policy) -> ReplacePolicy:
    return ReplacePolicy(
        policy=policy.model_dump(mode="json"), changed_by="router", comment="given at the start"
    )
