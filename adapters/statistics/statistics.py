"""Statistics: every open interaction and every agent, folded from the journal's events.

Constant work for each event (but for the groups that an interaction counts in: everything, and in
each grouping its own, or one for each skill that it asks for), and what is kept is bounded by what
is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from adapters.metering.targets import Targets
from adapters.often_declined import OftenDeclined
from adapters.statistics.grouping import AGENT, SKILL, Grouping, Groups
from adapters.statistics.interaction import OpenInteraction, Stage, skills_of
from adapters.statistics.staffing import Staffing
from adapters.statistics.tally import OFFERS, THRESHOLDS_S, Handling
from adapters.statistics.waiting import Group, WaitingRoom
from adapters.statistics.windows import Bounds
from router import events as ev
from router.record import Record

__all__ = ("ONE_BY_ONE", "Calendar", "Statistics")

ONE_BY_ONE: Final[tuple[Grouping, ...]] = (("queue",), ("channel",), SKILL, AGENT)

_OfferEvent: TypeAlias = (
    ev.OfferIssued | ev.OfferAccepted | ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded
)
_Fold: TypeAlias = Callable[[Any, int, Bounds], None]


class Calendar(Protocol):
    """Which windows a moment lies in."""

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called; none: there is one, and its figures stand by themselves."""

    def at(self, now_ms: int) -> Bounds:
        """When they began."""


class Statistics:
    """The figures of one tenant; :meth:`fold` takes in its records in order.

    The journal need not begin with the first record: what is said of interactions that were created
    before is passed over.
    """

    def __init__(
        self,
        calendar: Calendar,
        groupings: Iterable[Grouping] = ONE_BY_ONE,
        thresholds_s: tuple[int, ...] = THRESHOLDS_S,
    ) -> None:
        self.calendar = calendar
        self.new_group = partial(Group, thresholds_s)
        self.everything = self.new_group()
        told = [grouping for grouping in groupings if grouping not in ((), AGENT)]
        self.groupings = {grouping: Groups(grouping, self.new_group) for grouping in told}
        self.staffing = Staffing(tells_skills=SKILL in told)
        self.now_ms = 0
        self._room = WaitingRoom()
        self._targets = Targets()
        self._open: dict[str, OpenInteraction] = {}
        self.often_declined = OftenDeclined()
        self._folds: dict[type, _Fold] = {
            ev.PolicyReplaced: self._policy_replaced,
            ev.InteractionCreated: self._created,
            ev.InteractionUpdated: self._updated,
            ev.InteractionMoved: self._moved,
            ev.InteractionReclassified: self._reclassified,
            ev.InteractionSuspended: self._suspended,
            ev.InteractionResumed: self._resumed,
            ev.InteractionCancelled: self._cancelled,
            ev.InteractionDiverted: self._diverted,
            ev.InteractionRequeued: self._requeued,
            ev.InteractionIdled: self._idled,
            ev.InteractionWoken: self._woken,
            ev.InteractionCompleted: self._completed,
            ev.InteractionWrappedUp: self._wrapped_up,
            **dict.fromkeys(OFFERS, self._offer),
            ev.OfferAccepted: self._accepted,
            ev.Rejected: self._rejected,
            **self.staffing.folds,
        }

    def fold(self, record: Record) -> None:
        """Take in one record."""
        self.now_ms = record.now_ms
        bounds = self.calendar.at(record.now_ms)
        for event in record.events:
            fold = self._folds.get(type(event))
            if fold is not None:
                fold(event, record.now_ms, bounds)
            self.often_declined.fold(event)

    def advance(self, now_ms: int) -> int:
        """Let time pass; the moment that it is. Time never goes back."""
        self.now_ms = max(self.now_ms, now_ms)
        self._room.advance(self.now_ms)
        return self.now_ms

    def _policy_replaced(self, event: ev.PolicyReplaced, now_ms: int, bounds: Bounds) -> None:
        self._targets.replace(event)

    def _created(self, event: ev.InteractionCreated, now_ms: int, bounds: Bounds) -> None:
        item = self._open[event.interaction_id] = OpenInteraction(event)
        item.groups = self._groups(item)
        for tally in item.tallies(bounds):
            tally.offered += 1
        self._enter(item, Stage.WAITING)

    def _updated(self, event: ev.InteractionUpdated, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.skills = skills_of(event.requirements)
            self._regroup(item, bounds)

    def _moved(self, event: ev.InteractionMoved, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.queue = event.queue
            self._regroup(item, bounds)

    def _reclassified(self, event: ev.InteractionReclassified, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.queue, item.skills = event.queue, skills_of(event.requirements)
            item.target_ms = event.target_ms
            self._regroup(item, bounds)

    def _suspended(self, event: ev.InteractionSuspended, now_ms: int, bounds: Bounds) -> None:
        self._go_on(event.interaction_id, Stage.SUSPENDED)

    def _resumed(self, event: ev.InteractionResumed, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.origin_ms = event.origin_ms
        self._go_on(event.interaction_id, Stage.WAITING)

    def _cancelled(self, event: ev.InteractionCancelled, now_ms: int, bounds: Bounds) -> None:
        item = self._open.pop(event.interaction_id, None)
        if item is None:
            return
        is_short = event.waited_ms < self._targets.short_abandon_ms(item.channel)
        for tally in item.tallies(bounds):
            tally.cancelled += 1
            # who is called off while it is aside has waited for nobody
            if not item.answered and item.stage is Stage.SUSPENDED:
                tally.called_off += 1
            elif not item.answered:
                tally.abandon(event.waited_ms, is_short=is_short)
        self._leave(item)

    def _diverted(self, event: ev.InteractionDiverted, now_ms: int, bounds: Bounds) -> None:
        item = self._open.pop(event.interaction_id, None)
        if item is not None:
            for tally in item.tallies(bounds):
                tally.diverted += not item.answered
            self._leave(item)

    def _rejected(self, event: ev.Rejected, now_ms: int, bounds: Bounds) -> None:
        if event.command == "create":
            for tally in self.everything.tallies.at(bounds):
                tally.rejected += 1

    def _offer(self, event: _OfferEvent, now_ms: int, bounds: Bounds) -> None:
        place = OFFERS[type(event)]
        for handling in self.staffing.handling(event.agent_id, bounds):
            handling.offers[place] += 1
        item = self._open.get(event.interaction_id)
        if item is not None:
            for tally in item.tallies(bounds):
                tally.handling.offers[place] += 1

    def _accepted(self, event: ev.OfferAccepted, now_ms: int, bounds: Bounds) -> None:
        self._offer(event, now_ms, bounds)
        self.staffing.took(event.agent_id, now_ms, bounds)
        item = self._open.get(event.interaction_id)
        if item is None:
            return
        item.accepted_ms = now_ms
        in_target = event.waited_ms <= self._target_ms(item)
        if not item.answered:
            item.answered = True
            for tally in item.tallies(bounds):
                tally.answer(event.waited_ms, in_target=in_target)
        self._go_on(event.interaction_id, Stage.WITH_AGENT)

    def _idled(self, event: ev.InteractionIdled, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None and not item.is_quiet:
            item.is_quiet = True
            self.staffing.rested(event.agent_id, now_ms, bounds)

    def _woken(self, event: ev.InteractionWoken, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None and item.is_quiet:
            item.is_quiet = False
            self.staffing.woke(event.agent_id, now_ms, bounds)

    def _requeued(self, event: ev.InteractionRequeued, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        self._release(item, event.agent_id, now_ms, bounds)
        if item is not None:
            for handling in self._handlings(item, event.agent_id, bounds):
                handling.requeue(now_ms - item.accepted_ms)
        self._go_on(event.interaction_id, Stage.WAITING)

    def _completed(self, event: ev.InteractionCompleted, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.completed_ms = now_ms
        self._go_on(event.interaction_id, Stage.WRAP_UP)

    def _wrapped_up(self, event: ev.InteractionWrappedUp, now_ms: int, bounds: Bounds) -> None:
        item = self._open.pop(event.interaction_id, None)
        self._release(item, event.agent_id, now_ms, bounds)
        if item is not None:
            for handling in self._handlings(item, event.agent_id, bounds):
                handling.complete(now_ms - item.accepted_ms, now_ms - item.completed_ms)
            self._leave(item)

    def _release(
        self, item: OpenInteraction | None, agent_id: str, now_ms: int, bounds: Bounds
    ) -> None:
        was_quiet = item is not None and item.is_quiet
        self.staffing.released(agent_id, now_ms, bounds, was_quiet=was_quiet)
        if item is not None:
            item.is_quiet = False

    def _handlings(
        self, item: OpenInteraction, agent_id: str, bounds: Bounds
    ) -> Iterator[Handling]:
        yield from self.staffing.handling(agent_id, bounds)
        for tally in item.tallies(bounds):
            yield tally.handling

    def _go_on(self, interaction_id: str, stage: Stage) -> None:
        item = self._open.get(interaction_id)
        if item is not None:
            self._leave(item)
            self._enter(item, stage)

    def _regroup(self, item: OpenInteraction, bounds: Bounds) -> None:
        """Count it where it belongs from now on."""
        before = item.groups
        self._leave(item)
        item.groups = self._groups(item)
        for group in set(before) - set(item.groups):
            for tally in group.tallies.at(bounds):
                tally.leave(answered=item.answered)
        for group in set(item.groups) - set(before):
            for tally in group.tallies.at(bounds):
                tally.enter(answered=item.answered)
        self._enter(item, item.stage)

    def _enter(self, item: OpenInteraction, stage: Stage) -> None:
        item.stage = stage
        if stage is Stage.WAITING:
            item.wait = self._room.begin(item.groups, item.origin_ms, self._target_ms(item))
        else:
            item.count(1)

    def _target_ms(self, item: OpenInteraction) -> int:
        return item.target_ms or self._targets.target_ms(item.channel, item.queue)

    def _leave(self, item: OpenInteraction) -> None:
        if item.wait is not None:
            self._room.end(item.wait)
            item.wait = None
        else:
            item.count(-1)

    def _groups(self, item: OpenInteraction) -> tuple[Group, ...]:
        found = [self.everything]
        for groups in self.groupings.values():
            found += dict.fromkeys(groups.of(item.queue, item.channel, item.skills))
        return tuple(found)
