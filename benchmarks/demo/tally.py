"""The figures of the hour, folded from the journal: an outside reader's own count of everything.

Nothing here knows how the router keeps its state; the events of docs/protocol.md are all there is.
Times are the journal's milliseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("AgentTally", "Interaction", "Offer", "Tally")

Stage = Literal["queued", "offered", "assigned", "wrap_up", "completed", "cancelled", "diverted"]


@dataclass(slots=True)
class Interaction:
    """One interaction as far as the journal has told; ``created`` is its first event, whole."""

    created: Mapping[str, Any]
    channel: str
    queue: str
    created_ms: int
    preferred: dict[str, int]
    stage: Stage = "queued"
    offers: int = 0
    ringing: int = 0
    """Offers of it that are open."""
    accepted_ms: int | None = None
    accepted_by: str = ""
    skill_ppm: int = 0
    cost: int = 0
    first_offer: str = ""
    """Offer made in the record that created it: an agent was free on arrival."""

    @property
    def is_open(self) -> bool:
        """Neither completed, given up nor diverted."""
        return self.stage not in ("completed", "cancelled", "diverted")

    @property
    def waited_ms(self) -> int:
        """From arrival to the first accept; only for those who were accepted."""
        return (self.accepted_ms or self.created_ms) - self.created_ms


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer with the state of the floor at its moment."""

    event: Mapping[str, Any]
    now_ms: int
    waiting: int
    """Queued interactions on the whole floor just before this offer."""


@dataclass(slots=True)
class AgentTally:
    """One agent: status now, work in hand, and the time integrals behind the occupancy."""

    inbox: str
    capacity: int
    since_ms: int
    status: str = "logged_out"
    used: int = 0
    in_hand: int = 0
    ringing: int = 0
    worked_ms: float = 0.0
    """Milliseconds weighted by the share of capacity at work (assigned and wrap-up)."""
    staffed_ms: float = 0.0
    """Milliseconds available or at work; breaks with nothing in hand do not count."""

    def settle(self, now_ms: int) -> None:
        """Count the time up to ``now_ms``."""
        passed_ms = max(0, now_ms - self.since_ms)
        self.since_ms = max(now_ms, self.since_ms)
        if self.status in ("available", "not_responding") or self.in_hand:
            self.staffed_ms += passed_ms
            self.worked_ms += passed_ms * min(1.0, self.used / self.capacity)

    @property
    def occupancy(self) -> float:
        """Share of staffed capacity that was at work."""
        return self.worked_ms / self.staffed_ms if self.staffed_ms else 0.0


@dataclass(slots=True)
class Tally:
    """Fold of journal records: :meth:`apply` each in order."""

    now_ms: int = 0
    records: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """How many events there were of each type."""
    interactions: dict[str, Interaction] = field(default_factory=dict)
    agents: dict[str, AgentTally] = field(default_factory=dict)
    offers: dict[str, Offer] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    """Offer ids in the order in which they were accepted."""
    policies: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    rejections: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)
    """Queued now, by channel."""
    created_in_record: set[str] = field(default_factory=set)
    """Interactions that the present record has created."""

    def apply(self, record: JournalRecord) -> None:
        """Take in one record."""
        self.now_ms = record.now_ms
        self.records += 1
        self.created_in_record.clear()
        for event in record.events:
            self.counts[event["type"]] += 1
            apply = _APPLY.get(event["type"])
            if apply is not None:
                apply(self, event)

    def settle(self, now_ms: int) -> None:
        """Count every agent's time up to ``now_ms``."""
        for agent in self.agents.values():
            agent.settle(now_ms)

    @property
    def inboxes(self) -> set[str]:
        """Work streams of all agents seen."""
        return {agent.inbox for agent in self.agents.values()}

    @property
    def queued(self) -> int:
        """How many interactions wait now."""
        return self.waiting.total()


def _move(tally: Tally, interaction: Interaction, stage: Stage) -> None:
    if interaction.stage == "queued":
        tally.waiting[interaction.channel] -= 1
    interaction.stage = stage
    if stage == "queued":
        tally.waiting[interaction.channel] += 1


def _agent(tally: Tally, event: Mapping[str, Any]) -> AgentTally:
    agent = tally.agents[event["agent_id"]]
    agent.settle(tally.now_ms)
    return agent


def _policy_replaced(tally: Tally, event: Mapping[str, Any]) -> None:
    tally.policies[event["version"]] = event["policy"]


def _created(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction = Interaction(
        created=event,
        channel=event["channel"],
        queue=event["queue"],
        created_ms=event["created_ms"],
        preferred=dict(event.get("preferred", ())),
    )
    tally.interactions[event["interaction_id"]] = interaction
    tally.waiting[interaction.channel] += 1
    tally.created_in_record.add(event["interaction_id"])


def _offer_issued(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction_id = event["interaction_id"]
    interaction = tally.interactions[interaction_id]
    tally.offers[event["offer_id"]] = Offer(event, tally.now_ms, tally.queued)
    if interaction_id in tally.created_in_record and not interaction.offers:
        interaction.first_offer = event["offer_id"]
    interaction.offers += 1
    interaction.ringing += 1
    _move(tally, interaction, "offered")
    _agent(tally, event).ringing += 1


def _offer_accepted(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction = tally.interactions[event["interaction_id"]]
    issued = tally.offers[event["offer_id"]].event
    _move(tally, interaction, "assigned")
    interaction.ringing -= 1
    interaction.cost = issued["cost"]
    if interaction.accepted_ms is None:
        interaction.accepted_ms = tally.now_ms
        interaction.accepted_by = event["agent_id"]
        interaction.skill_ppm = issued["decision"]["best"][0][2]
    tally.accepted.append(event["offer_id"])
    agent = _agent(tally, event)
    agent.ringing -= 1
    agent.in_hand += 1
    agent.used += interaction.cost


def _offer_over(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction = tally.interactions[event["interaction_id"]]
    interaction.ringing -= 1
    if interaction.stage == "offered" and not interaction.ringing:
        _move(tally, interaction, "queued")
    _agent(tally, event).ringing -= 1


def _requeued(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction = tally.interactions[event["interaction_id"]]
    _free(tally, event, interaction)
    _move(tally, interaction, "queued")


def _ended(stage: Stage) -> Callable[[Tally, Mapping[str, Any]], None]:
    def end(tally: Tally, event: Mapping[str, Any]) -> None:
        _move(tally, tally.interactions[event["interaction_id"]], stage)

    return end


def _completed(tally: Tally, event: Mapping[str, Any]) -> None:
    _move(tally, tally.interactions[event["interaction_id"]], "wrap_up")


def _wrapped_up(tally: Tally, event: Mapping[str, Any]) -> None:
    interaction = tally.interactions[event["interaction_id"]]
    _free(tally, event, interaction)
    _move(tally, interaction, "completed")


def _free(tally: Tally, event: Mapping[str, Any], interaction: Interaction) -> None:
    agent = _agent(tally, event)
    agent.in_hand -= 1
    agent.used -= interaction.cost


def _logged_in(tally: Tally, event: Mapping[str, Any]) -> None:
    agent = tally.agents.get(event["agent_id"])
    if agent is None:
        agent = AgentTally(event["inbox"], event["capacity"], tally.now_ms)
        tally.agents[event["agent_id"]] = agent
    agent.settle(tally.now_ms)
    agent.inbox, agent.capacity = event["inbox"], event["capacity"]


def _status(tally: Tally, event: Mapping[str, Any]) -> None:
    _agent(tally, event).status = _STATUS_AFTER[event["type"]]


def _capacity_changed(tally: Tally, event: Mapping[str, Any]) -> None:
    _agent(tally, event).capacity = event["capacity"]


_STATUS_AFTER = {
    "agent_available": "available",
    "agent_unavailable": "unavailable",
    "agent_not_responding": "not_responding",
    "agent_logged_out": "logged_out",
}


def _rejected(tally: Tally, event: Mapping[str, Any]) -> None:
    tally.rejections[f"{event['command']} ({event['code']})"] += 1


_APPLY = {
    "policy_replaced": _policy_replaced,
    "interaction_created": _created,
    "interaction_cancelled": _ended("cancelled"),
    "interaction_diverted": _ended("diverted"),
    "interaction_requeued": _requeued,
    "interaction_completed": _completed,
    "interaction_wrapped_up": _wrapped_up,
    "offer_issued": _offer_issued,
    "offer_accepted": _offer_accepted,
    "offer_declined": _offer_over,
    "offer_expired": _offer_over,
    "offer_rescinded": _offer_over,
    "agent_logged_in": _logged_in,
    "agent_capacity_changed": _capacity_changed,
    "agent_logged_out": _status,
    "agent_available": _status,
    "agent_unavailable": _status,
    "agent_not_responding": _status,
    "rejected": _rejected,
}
