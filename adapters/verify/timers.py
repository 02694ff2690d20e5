"""Timers that must fire: offers that expire, wrap-ups, steps, suspensions, exclusions and claims
that end, groups that are looked at.

How late is too late? The engine fires every timer that is due when it handles a batch, up to a
limit for each record, and it handles nothing while it is down or paused. So a timer counts as
overdue only when both bounds are exceeded: at the end of a record whose time is more than
:data:`TOLERANCE_MS` past it, it is given as many further records as a backlog of that size may
need (:data:`BACKLOG_PER_RECORD` each, and :data:`SPARE_RECORDS` more). A timer that never fires is
seen as soon as the journal goes on for a few records; a router that comes back after an hour is
not blamed. Records that only hold ``leader_started`` are not counted: no engine has run there.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from adapters.verify.findings import Findings
from adapters.verify.model import ENDED, OFFERED, QUEUED, WRAP_UP, Interaction, Offer

__all__ = ("BACKLOG_PER_RECORD", "SPARE_RECORDS", "TOLERANCE_MS", "Timers")

TOLERANCE_MS: Final = 5_000
SPARE_RECORDS: Final = 2
BACKLOG_PER_RECORD: Final = 8
"""An eighth of what an engine fires in a record: some records only match what the others have
left over, and another limit is not taken for a fault."""


@dataclass(frozen=True, slots=True)
class _Timer:
    due_ms: int
    kind: str
    interaction: Interaction
    offer: Offer | None = None
    agent_id: str = ""

    def is_set(self) -> bool:
        """Whether it still waits to fire."""
        if self.offer is not None:
            is_open = self.offer in self.interaction.offers
            return is_open and self.offer.expires_ms == self.due_ms
        if self.agent_id:
            running = self.interaction.exclusions.get(self.agent_id) == self.due_ms
            return running and self.interaction.state not in ENDED
        if self.kind == "step":
            running = self.interaction.step_until_ms == self.due_ms
            return running and self.interaction.state in (QUEUED, OFFERED)
        if self.kind == "requirement":
            looks = self.interaction.state in (QUEUED, OFFERED)
            return looks and self.interaction.asked_until_ms == self.due_ms
        if self.kind == "suspension":
            suspended = self.interaction.suspended
            return suspended is not None and suspended.until_ms == self.due_ms
        if self.kind == "wake":
            return self.interaction.waking_until_ms == self.due_ms
        until_ms = self.interaction.wrap_up_until_ms
        return self.interaction.state == WRAP_UP and until_ms == self.due_ms

    @property
    def ids(self) -> dict[str, str]:
        """What it is about."""
        ids = {"interaction_id": self.interaction.interaction_id}
        if self.offer is not None:
            return ids | {"offer_id": self.offer.offer_id, "agent_id": self.offer.agent_id}
        return ids | ({"agent_id": self.agent_id} if self.agent_id else {})


@dataclass(frozen=True, slots=True)
class _Review:
    due_ms: int
    reviews: Mapping[str, int]
    queue: str
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return f"look at the groups of queue {self.queue!r}"

    def is_set(self) -> bool:
        """Whether it still waits to fire."""
        return self.reviews.get(self.queue) == self.due_ms


class Timers:
    """All timers that the journal has set, by the time at which they are due."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._heap: list[tuple[int, int, _Timer | _Review]] = []
        self._overdue: list[tuple[int, _Timer | _Review]] = []
        self._entries = count()
        self._records = 0

    def set_offer(self, offer: Offer) -> None:
        """An offer must end by its expiry."""
        self._set(_Timer(offer.expires_ms, "offer", offer.interaction, offer=offer))

    def set_wrap_up(self, interaction: Interaction) -> None:
        """A wrap-up must end by its time."""
        self._set(_Timer(interaction.wrap_up_until_ms, "wrap-up", interaction))

    def set_step(self, interaction: Interaction) -> None:
        """A step of a workflow must end by its time, unless the interaction is taken."""
        self._set(_Timer(interaction.step_until_ms, "step", interaction))

    def set_requirements(self, interaction: Interaction) -> None:
        """A requirement must expire by its time, while the interaction looks for an agent."""
        if interaction.asked_until_ms:
            self._set(_Timer(interaction.asked_until_ms, "requirement", interaction))

    def set_suspension(self, interaction: Interaction, until_ms: int) -> None:
        """A suspension must end by its time, or somebody be told."""
        self._set(_Timer(until_ms, "suspension", interaction))

    def set_wake(self, interaction: Interaction) -> None:
        """What is waking must be active or requeued by its time."""
        self._set(_Timer(interaction.waking_until_ms, "wake", interaction))

    def set_exclusion(self, interaction: Interaction, agent_id: str, until_ms: int) -> None:
        """An exclusion must end by its time, unless its interaction has ended."""
        self._set(_Timer(until_ms, "exclusion", interaction, agent_id=agent_id))

    def set_review(self, reviews: Mapping[str, int], queue: str) -> None:
        """The groups of a queue must be looked at by their time."""
        self._set(_Review(reviews[queue], reviews, queue))

    def check(self, now_ms: int) -> None:
        """At the end of a record in which an engine ran: note what has waited for too long."""
        self._records += 1
        self._overdue = [entry for entry in self._overdue if entry[1].is_set()]
        late = [timer for last, timer in self._overdue if last < self._records]
        if late:
            self._overdue = [entry for entry in self._overdue if entry[0] >= self._records]
        for timer in late:
            self._report(timer, now_ms)
        self._collect(now_ms)

    def _set(self, timer: _Timer | _Review) -> None:
        self._findings.facts["timers"] += 1
        heapq.heappush(self._heap, (timer.due_ms, next(self._entries), timer))

    def _collect(self, now_ms: int) -> None:
        found = []
        while self._heap and self._heap[0][0] < now_ms - TOLERANCE_MS:
            timer = heapq.heappop(self._heap)[2]
            if timer.is_set():
                found.append(timer)
        backlog = len(found) + len(self._overdue)
        last = self._records + SPARE_RECORDS + backlog // BACKLOG_PER_RECORD
        self._overdue += [(last, timer) for timer in found]

    def _report(self, timer: _Timer | _Review, now_ms: int) -> None:
        late_s = (now_ms - timer.due_ms) / 1000
        message = f"the {timer.kind} was due at {timer.due_ms}, {late_s:.1f} s ago"
        self._findings.add("timer_overdue", message, **timer.ids)
