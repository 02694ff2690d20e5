"""The floor in figures: who waits, since when, which agents stand how; folded from events.

Constant work for each event. The figures that need the time (longest wait) are worked out when they
are asked for, which happens in another thread than the folding: the caller holds a lock for both.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from adapters.metering.targets import Targets
from router import events as ev
from router.groups import queue_and_group
from router.lifecycle import AGENT, LOOKING, AgentStatus, InteractionState, following
from router.state import Interaction, State

__all__ = ("FloorFigures", "Known", "Waiting")

AgentEvent: TypeAlias = (
    ev.AgentLoggedIn
    | ev.AgentAvailable
    | ev.AgentUnavailable
    | ev.AgentNotResponding
    | ev.AgentLoggedOut
)
STALE_ENTRIES_MAX: Final = 10_000
"""Entries of a heap that no longer wait before it is built anew."""


class Known(NamedTuple):
    """What is kept of an open interaction."""

    channel: str
    queue: str
    created_ms: int
    origin_ms: int
    answered: bool = False
    """Whether an agent has taken it before."""

    suspended: bool = False
    target_ms: int = 0
    """Its own target; 0: that of its queue."""


class Waiting(NamedTuple):
    """The waiting interactions of one channel, queue and target, and the longest wait of them."""

    channel: str
    queue: str
    interactions: int
    longest_ms: int
    target_ms: int


class _Group:
    """Origins of what waits, the oldest first; entries that left are dropped when they surface."""

    __slots__ = ("_heap", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def add(self, interaction_id: str, origin_ms: int) -> None:
        self.waiting[interaction_id] = origin_ms
        heapq.heappush(self._heap, (origin_ms, interaction_id))

    def discard(self, interaction_id: str) -> None:
        self.waiting.pop(interaction_id, None)
        heap, waiting = self._heap, self.waiting
        while heap and waiting.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        if len(heap) > 4 * len(waiting) + STALE_ENTRIES_MAX:
            self._heap = [(origin_ms, known) for known, origin_ms in waiting.items()]
            heapq.heapify(self._heap)

    def oldest_ms(self) -> int:
        return self._heap[0][0]


class FloorFigures:
    """Open interactions and agents as the journal tells of them."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.statuses: dict[str, AgentStatus] = {}
        self.activities: dict[str, str] = {}
        self.policy_version = 0
        self.policy_pending = False
        self.intake_open = True
        self.quiet: dict[InteractionState, Counter[str]] = {
            InteractionState.IDLE: Counter(),
            InteractionState.WAKING: Counter(),
        }
        """Conversations that hold no capacity for now, by channel."""
        self.open_groups: dict[str, set[str]] = {}
        """The groups that are open, by queue."""
        self._quiet: dict[str, tuple[InteractionState, str]] = {}
        self._items: Counter[str] = Counter()
        self._groups: dict[tuple[str, str, int], _Group] = {}
        """By channel, queue and own target."""
        self._targets = Targets()
        self._fold: dict[type, Callable[[Any], None]] = {
            ev.InteractionCreated: self._created,
            ev.InteractionCancelled: self._ended,
            ev.InteractionDiverted: self._ended,
            ev.InteractionMoved: self._moved,
            ev.InteractionReclassified: self._reclassified,
            ev.InteractionWrappedUp: self._wrapped_up,
            ev.InteractionRequeued: self._requeued,
            ev.InteractionSuspended: self._suspended,
            ev.InteractionResumed: self._resumed,
            ev.InteractionIdled: self._idled,
            ev.InteractionWaking: self._waking,
            ev.InteractionWoken: self._woken,
            ev.OfferAccepted: self._accepted,
            ev.AgentLoggedIn: self._status,
            ev.AgentActivityChanged: self._activity,
            ev.AgentAvailable: self._status,
            ev.AgentUnavailable: self._status,
            ev.AgentNotResponding: self._status,
            ev.AgentLoggedOut: self._status,
            ev.PolicyAnnounced: self._policy_announced,
            ev.PolicyDropped: self._policy_dropped,
            ev.PolicyReplaced: self._policy_replaced,
            ev.IntakeChanged: self._intake_changed,
            ev.GroupsReviewed: self._groups_reviewed,
        }

    @classmethod
    def of(cls, state: State) -> FloorFigures:
        """The floor of a state, as far as that tells: who was answered before and waits again is
        known only where service levels are counted, and no time aside is told from the wait."""
        figures = cls()
        figures._begin(state)
        return figures

    def fold(self, event: ev.Event) -> None:
        """Take in one event."""
        handler = self._fold.get(type(event))
        if handler is not None:
            handler(event)

    def waiting(self, now_ms: int) -> Iterator[Waiting]:
        """Each channel and queue in which something waits, once for each target."""
        for (channel, queue, own_ms), group in self._groups.items():
            if group.waiting:
                longest_ms = max(0, now_ms - group.oldest_ms())
                target_ms = own_ms or self._targets.target_ms(channel, queue)
                yield Waiting(channel, queue, len(group.waiting), longest_ms, target_ms)

    def agents_by_status(self) -> Counter[AgentStatus]:
        """Logged-in agents; those with work in hand are counted under their status all the same."""
        return Counter(self.statuses.values())

    def agents_by_activity(self) -> Counter[str]:
        """Logged-in agents who say what they do."""
        return Counter(activity for activity in self.activities.values() if activity)

    def working(self) -> int:
        """Logged-in agents with at least one assignment or wrap-up that holds capacity."""
        return sum(agent_id in self.statuses for agent_id in self._items)

    def staffed(self) -> int:
        """Logged-in agents who are available or working: what occupancy is a share of."""
        return sum(
            status is AgentStatus.AVAILABLE or agent_id in self._items
            for agent_id, status in self.statuses.items()
        )

    def target_ms(self, known: Known) -> int:
        """The wait that is allowed: by itself, or its queue."""
        return known.target_ms or self._targets.target_ms(known.channel, known.queue)

    def short_abandon_ms(self, known: Known) -> int:
        """Who gives up before that is not counted against the service level."""
        return self._targets.short_abandon_ms(known.channel)

    def _begin(self, state: State) -> None:
        if state.policy_version:
            replaced = ev.PolicyReplaced(version=state.policy_version, policy=state.policy)
            self._policy_replaced(replaced)
        self.policy_pending = state.announced is not None
        self.intake_open = state.intake_open
        for key in state.open_groups:
            queue, name = queue_and_group(key)
            self.open_groups.setdefault(queue, set()).add(name)
        for agent in state.agents.values():
            if agent.status is not AgentStatus.OFFLINE:
                self.statuses[agent.agent_id] = agent.status
                self.activities[agent.agent_id] = agent.activity
        for interaction in state.interactions.values():
            self._begin_with(state, interaction)

    def _begin_with(self, state: State, interaction: Interaction) -> None:
        interaction_id, where = interaction.interaction_id, interaction.state
        assignment = state.assignments.get(interaction_id)
        known = Known(
            interaction.channel,
            interaction.queue,
            interaction.created_ms,
            interaction.origin_ms,
            answered=assignment is not None or interaction_id in state.answered,
            suspended=where is InteractionState.SUSPENDED,
            target_ms=state.targets.get(interaction_id, 0),
        )
        self.known[interaction_id] = known
        if where in LOOKING:
            self._wait(interaction_id, known)
        elif where in self.quiet:
            self._rest(interaction_id, where)
        elif assignment is not None:
            self._items[assignment.agent_id] += 1

    def _created(self, event: ev.InteractionCreated) -> None:
        known = Known(
            event.channel,
            event.queue,
            event.created_ms,
            event.origin_ms,
            target_ms=event.target_ms,
        )
        self.known[event.interaction_id] = known
        self._wait(event.interaction_id, known)

    def _accepted(self, event: ev.OfferAccepted) -> None:
        self._stop_waiting(event.interaction_id)
        self._items[event.agent_id] += 1
        known = self.known.get(event.interaction_id)
        if known is not None:
            self.known[event.interaction_id] = known._replace(answered=True)

    def _requeued(self, event: ev.InteractionRequeued) -> None:
        self._let_go(event)
        known = self.known.get(event.interaction_id)
        if known is not None:
            self._wait(event.interaction_id, known)

    def _moved(self, event: ev.InteractionMoved) -> None:
        known = self.known.get(event.interaction_id)
        if known is not None:
            self._become(event.interaction_id, known._replace(queue=event.queue))

    def _reclassified(self, event: ev.InteractionReclassified) -> None:
        known = self.known.get(event.interaction_id)
        if known is not None:
            known = known._replace(queue=event.queue, target_ms=event.target_ms)
            self._become(event.interaction_id, known)

    def _become(self, interaction_id: str, known: Known) -> None:
        """It waits elsewhere from here on, if it waits."""
        waits = self._waits(interaction_id, self.known[interaction_id])
        self._stop_waiting(interaction_id)
        self.known[interaction_id] = known
        if waits:
            self._wait(interaction_id, known)

    def _waits(self, interaction_id: str, known: Known) -> bool:
        group = self._groups.get(_group_of(known))
        return group is not None and interaction_id in group.waiting

    def _suspended(self, event: ev.InteractionSuspended) -> None:
        self._stop_waiting(event.interaction_id)
        known = self.known.get(event.interaction_id)
        if known is not None:
            self.known[event.interaction_id] = known._replace(suspended=True)

    def _resumed(self, event: ev.InteractionResumed) -> None:
        known = self.known.get(event.interaction_id)
        if known is not None:
            aside_ms = event.origin_ms - known.origin_ms
            known = known._replace(
                created_ms=known.created_ms + aside_ms, origin_ms=event.origin_ms, suspended=False
            )
            self.known[event.interaction_id] = known
            self._wait(event.interaction_id, known)

    def _idled(self, event: ev.InteractionIdled) -> None:
        self._let_go(event)
        self._rest(event.interaction_id, InteractionState.IDLE)

    def _waking(self, event: ev.InteractionWaking) -> None:
        self._wake(event.interaction_id)
        self._rest(event.interaction_id, InteractionState.WAKING)

    def _woken(self, event: ev.InteractionWoken) -> None:
        self._wake(event.interaction_id)
        self._items[event.agent_id] += 1

    def _rest(self, interaction_id: str, state: InteractionState) -> None:
        known = self.known.get(interaction_id)
        if known is not None:
            self._quiet[interaction_id] = state, known.channel
            self.quiet[state][known.channel] += 1

    def _wake(self, interaction_id: str) -> bool:
        """It is quiet no longer; whether it was."""
        before = self._quiet.pop(interaction_id, None)
        if before is not None:
            state, channel = before
            self.quiet[state][channel] -= 1
        return before is not None

    def _let_go(
        self, event: ev.InteractionIdled | ev.InteractionRequeued | ev.InteractionWrappedUp
    ) -> None:
        if not self._wake(event.interaction_id):
            self._release(event.agent_id)

    def _ended(self, event: ev.InteractionCancelled | ev.InteractionDiverted) -> None:
        self._stop_waiting(event.interaction_id)
        self.known.pop(event.interaction_id, None)

    def _wrapped_up(self, event: ev.InteractionWrappedUp) -> None:
        self._let_go(event)
        self.known.pop(event.interaction_id, None)

    def _status(self, event: AgentEvent) -> None:
        before = self.statuses.get(event.agent_id, AgentStatus.OFFLINE)
        after = following(AGENT, before, event)
        if after is AgentStatus.OFFLINE:
            self.statuses.pop(event.agent_id, None)
            self.activities.pop(event.agent_id, None)
        else:
            self.statuses[event.agent_id] = after

    def _activity(self, event: ev.AgentActivityChanged) -> None:
        self.activities[event.agent_id] = event.activity

    def _policy_announced(self, event: ev.PolicyAnnounced) -> None:
        self.policy_pending = True

    def _policy_dropped(self, event: ev.PolicyDropped) -> None:
        self.policy_pending = False

    def _policy_replaced(self, event: ev.PolicyReplaced) -> None:
        self.policy_pending = False
        self.policy_version = event.version
        self._targets.replace(event)
        for queue, groups in self.open_groups.items():
            groups &= self._targets.groups_of(queue)

    def _groups_reviewed(self, event: ev.GroupsReviewed) -> None:
        groups = self.open_groups.setdefault(event.queue, set())
        groups.update(event.opened)
        groups.difference_update(event.closed)

    def _intake_changed(self, event: ev.IntakeChanged) -> None:
        self.intake_open = event.open

    def _wait(self, interaction_id: str, known: Known) -> None:
        group = self._groups.setdefault(_group_of(known), _Group())
        group.add(interaction_id, known.origin_ms)

    def _stop_waiting(self, interaction_id: str) -> None:
        known = self.known.get(interaction_id)
        group = None if known is None else self._groups.get(_group_of(known))
        if known is not None and group is not None:
            group.discard(interaction_id)
            if known.target_ms and not group.waiting:
                del self._groups[_group_of(known)]  # there may be any number of targets

    def _release(self, agent_id: str) -> None:
        self._items[agent_id] -= 1
        if self._items[agent_id] <= 0:
            del self._items[agent_id]


def _group_of(known: Known) -> tuple[str, str, int]:
    return known.channel, known.queue, known.target_ms
