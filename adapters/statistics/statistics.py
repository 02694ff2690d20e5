"""Statistics: every open interaction and every agent, folded from the journal's events.

Constant work for each event (but for the groups that an interaction counts in: everything, its
queue, its channel, and each skill that it asks for), and what is kept is bounded by what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Any, Final, TypeAlias

from adapters.metering.targets import Targets
from adapters.statistics.staffing import Staffing
from adapters.statistics.tally import Tally
from adapters.statistics.waiting import Group, Wait, WaitingRoom
from adapters.statistics.windows import Bounds, Windows
from router import events as ev
from router.commands import Requirement
from router.record import Record

__all__ = ("OTHER", "Statistics")

OTHER: Final = "other"
GROUPS_MAX: Final = 10_000
"""Queues, channels or skills that are told apart; what is beyond counts as `other`."""


class _Stage(Enum):
    WAITING = auto()
    SUSPENDED = auto()
    WITH_AGENT = auto()
    WRAP_UP = auto()


class _Open:
    """An open interaction."""

    __slots__ = (
        "answered", "channel", "groups", "origin_ms", "queue", "skills", "stage", "wait",
    )  # fmt: skip

    def __init__(self, event: ev.InteractionCreated, groups: tuple[Group, ...]) -> None:
        self.channel, self.queue = event.channel, event.queue
        self.skills = _skills(event.requirements)
        self.origin_ms = event.origin_ms
        self.groups = groups
        self.answered = False
        self.stage = _Stage.WAITING
        self.wait: Wait | None = None


_OfferEvent: TypeAlias = (
    ev.OfferIssued | ev.OfferAccepted | ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded
)
_OFFERS: Final[dict[type[ev.Event], str]] = {
    ev.OfferIssued: "offers_issued",
    ev.OfferAccepted: "offers_accepted",
    ev.OfferDeclined: "offers_declined",
    ev.OfferExpired: "offers_expired",
    ev.OfferRescinded: "offers_rescinded",
}
_Fold: TypeAlias = Callable[[Any, int, Bounds], None]


class Statistics:
    """The figures of one tenant; :meth:`fold` takes in its records in order.

    The journal need not begin with the first record: what is said of interactions that were created
    before is passed over.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.everything = Group()
        self.queues: dict[str, Group] = {}
        self.channels: dict[str, Group] = {}
        self.skills: dict[str, Group] = {}
        self.staffing = Staffing()
        self.now_ms = 0
        self._room = WaitingRoom()
        self._targets = Targets()
        self._open: dict[str, _Open] = {}
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
            ev.InteractionCompleted: self._completed,
            ev.InteractionWrappedUp: self._wrapped_up,
            **dict.fromkeys(_OFFERS, self._offer),
            ev.OfferAccepted: self._accepted,
            ev.Rejected: self._rejected,
            **self.staffing.folds,
        }

    def fold(self, record: Record) -> None:
        """Take in one record."""
        self.now_ms = record.now_ms
        bounds = self.windows.at(record.now_ms)
        for event in record.events:
            fold = self._folds.get(type(event))
            if fold is not None:
                fold(event, record.now_ms, bounds)

    def advance(self, now_ms: int) -> Bounds:
        """Let time pass; the windows of the moment. Time never goes back."""
        self.now_ms = max(self.now_ms, now_ms)
        self._room.advance(self.now_ms)
        return self.windows.at(self.now_ms)

    def _policy_replaced(self, event: ev.PolicyReplaced, now_ms: int, bounds: Bounds) -> None:
        self._targets.replace(event)

    def _created(self, event: ev.InteractionCreated, now_ms: int, bounds: Bounds) -> None:
        groups = self._groups(event.channel, event.queue, _skills(event.requirements))
        item = self._open[event.interaction_id] = _Open(event, groups)
        for tally in _tallies(item, bounds):
            tally.offered += 1
        self._enter(item, _Stage.WAITING)

    def _updated(self, event: ev.InteractionUpdated, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.skills = _skills(event.requirements)
            self._regroup(item, bounds)

    def _moved(self, event: ev.InteractionMoved, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.queue = event.queue
            self._regroup(item, bounds)

    def _reclassified(self, event: ev.InteractionReclassified, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.queue, item.skills = event.queue, _skills(event.requirements)
            self._regroup(item, bounds)

    def _suspended(self, event: ev.InteractionSuspended, now_ms: int, bounds: Bounds) -> None:
        self._go_on(event.interaction_id, _Stage.SUSPENDED)

    def _resumed(self, event: ev.InteractionResumed, now_ms: int, bounds: Bounds) -> None:
        item = self._open.get(event.interaction_id)
        if item is not None:
            item.origin_ms = event.origin_ms
        self._go_on(event.interaction_id, _Stage.WAITING)

    def _cancelled(self, event: ev.InteractionCancelled, now_ms: int, bounds: Bounds) -> None:
        item = self._open.pop(event.interaction_id, None)
        if item is None:
            return
        # who is called off while it is aside has waited for nobody
        if not item.answered and item.stage is not _Stage.SUSPENDED:
            is_short = event.waited_ms < self._targets.short_abandon_ms(item.channel)
            for tally in _tallies(item, bounds):
                tally.abandoned_short += is_short
                tally.abandoned += not is_short
        elif not item.answered:
            for tally in _tallies(item, bounds):
                tally.called_off += 1
        self._leave(item)

    def _diverted(self, event: ev.InteractionDiverted, now_ms: int, bounds: Bounds) -> None:
        item = self._open.pop(event.interaction_id, None)
        if item is not None:
            for tally in _tallies(item, bounds):
                tally.diverted += not item.answered
            self._leave(item)

    def _rejected(self, event: ev.Rejected, now_ms: int, bounds: Bounds) -> None:
        if event.command == "create":
            for tally in self.everything.tallies.at(bounds):
                tally.rejected += 1

    def _offer(self, event: _OfferEvent, now_ms: int, bounds: Bounds) -> None:
        name = _OFFERS[type(event)]
        item = self._open.get(event.interaction_id)
        of_groups = iter(()) if item is None else _tallies(item, bounds)
        for tally in (*of_groups, *self.staffing.tallies(event.agent_id, bounds)):
            setattr(tally, name, getattr(tally, name) + 1)

    def _accepted(self, event: ev.OfferAccepted, now_ms: int, bounds: Bounds) -> None:
        self._offer(event, now_ms, bounds)
        self.staffing.took(event.agent_id, now_ms, bounds)
        item = self._open.get(event.interaction_id)
        if item is None:
            return
        in_target = event.waited_ms <= self._targets.target_ms(item.channel, item.queue)
        if not item.answered:
            item.answered = True
            for tally in _tallies(item, bounds):
                tally.answer(event.waited_ms, in_target=in_target)
        self._go_on(event.interaction_id, _Stage.WITH_AGENT)

    def _requeued(self, event: ev.InteractionRequeued, now_ms: int, bounds: Bounds) -> None:
        self.staffing.released(event.agent_id, now_ms, bounds)
        self._go_on(event.interaction_id, _Stage.WAITING)

    def _completed(self, event: ev.InteractionCompleted, now_ms: int, bounds: Bounds) -> None:
        self._go_on(event.interaction_id, _Stage.WRAP_UP)

    def _wrapped_up(self, event: ev.InteractionWrappedUp, now_ms: int, bounds: Bounds) -> None:
        self.staffing.released(event.agent_id, now_ms, bounds)
        item = self._open.pop(event.interaction_id, None)
        if item is not None:
            self._leave(item)

    def _go_on(self, interaction_id: str, stage: _Stage) -> None:
        item = self._open.get(interaction_id)
        if item is not None:
            self._leave(item)
            self._enter(item, stage)

    def _regroup(self, item: _Open, bounds: Bounds) -> None:
        """Count it where it belongs from now on."""
        before = item.groups
        self._leave(item)
        item.groups = self._groups(item.channel, item.queue, item.skills)
        if not item.answered:
            for group in set(before) - set(item.groups):
                for tally in group.tallies.at(bounds):
                    tally.moved_out += 1
            for group in set(item.groups) - set(before):
                for tally in group.tallies.at(bounds):
                    tally.offered += 1
        self._enter(item, item.stage)

    def _enter(self, item: _Open, stage: _Stage) -> None:
        item.stage = stage
        if stage is _Stage.WAITING:
            target_ms = self._targets.target_ms(item.channel, item.queue)
            item.wait = self._room.begin(item.groups, item.origin_ms, target_ms)
        else:
            _count(item, 1)

    def _leave(self, item: _Open) -> None:
        if item.wait is not None:
            self._room.end(item.wait)
            item.wait = None
        else:
            _count(item, -1)

    def _groups(self, channel: str, queue: str, skills: frozenset[str]) -> tuple[Group, ...]:
        asked = {_group(self.skills, skill) for skill in skills}
        return (
            self.everything,
            _group(self.queues, queue),
            _group(self.channels, channel),
            *asked,
        )


def _group(groups: dict[str, Group], name: str) -> Group:
    found = groups.get(name)
    if found is None:
        found = groups.setdefault(name if len(groups) < GROUPS_MAX else OTHER, Group())
    return found


def _count(item: _Open, difference: int) -> None:
    for group in item.groups:
        match item.stage:
            case _Stage.SUSPENDED:
                group.suspended += difference
            case _Stage.WITH_AGENT:
                group.with_agents += difference
            case _Stage.WRAP_UP:
                group.in_wrap_up += difference


def _tallies(item: _Open, bounds: Bounds) -> Iterator[Tally]:
    for group in item.groups:
        yield from group.tallies.at(bounds)


def _skills(requirements: tuple[Requirement, ...]) -> frozenset[str]:
    """The skills that are asked for, in trees too; not those that must not be there."""
    found: set[str] = set()
    left = list(requirements)
    while left:
        asked = left.pop()
        if asked.skill:
            found.add(asked.skill)
        left += (*(asked.all_of or ()), *(asked.any_of or ()))
    return frozenset(found)
