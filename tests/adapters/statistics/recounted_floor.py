"""The time of agents, counted again: each span between two events is looked at by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from router import events as ev

__all__ = ("Within", "agents", "before", "times")

History = Sequence[tuple[int, ev.Event]]


class Within(NamedTuple):
    """What is in this time is counted."""

    begin_ms: int
    end_ms: int = 1 << 62

    def holds(self, at_ms: int) -> bool:
        return self.begin_ms <= at_ms < self.end_ms


def before(history: History, end_ms: int) -> History:
    """The events before a moment."""
    return [(at_ms, event) for at_ms, event in history if at_ms < end_ms]


def agents(
    history: History, now_ms: int, spans: dict[str, Within], skill: str | None = None
) -> dict[str, Any]:
    """Agents together (who have a skill): how they stand, and their time."""
    floor = Floor()
    for _, event in history:
        floor.see(event)
    counted = floor.counted(skill)
    return {
        "by_status": dict(sorted(Counter(floor.status[one] for one in counted).items())),
        "by_activity": dict(sorted(Counter(floor.doing(counted)).items())),
        "working": len(floor.busy(counted)),
        "available": sum(floor.status[one] == "available" for one in counted),
        **{
            name: times(history, now_ms, span, lambda floor: floor.counted(skill))
            for name, span in spans.items()
        },
    }


def times(
    history: History, now_ms: int, span: Within, whose: Callable[[Floor], list[str]]
) -> dict[str, Any]:
    """What some agents spent the span on, up to now."""
    spent: Counter[tuple[str, str]] = Counter()
    floor = Floor()
    upto = [*(at_ms for at_ms, _ in history), now_ms]
    for (begin_ms, end_ms), (_, event) in zip(pairwise(upto), history, strict=True):
        floor.see(event)
        passed_ms = min(end_ms, span.end_ms) - max(begin_ms, span.begin_ms)
        if passed_ms <= 0:
            continue
        mine = whose(floor)
        spent["all", "staffed"] += passed_ms * len(floor.staffed(mine))
        spent["all", "busy"] += passed_ms * len(floor.busy(mine))
        for one in mine:
            spent["status", floor.status[one]] += passed_ms
        for activity in floor.doing(mine):
            spent["activity", activity] += passed_ms
    staffed, busy = spent["all", "staffed"], spent["all", "busy"]
    told = sorted(name for (kind, name), ms in spent.items() if kind == "activity" and ms)
    return {
        "staffed_s": staffed / 1_000,
        "busy_s": busy / 1_000,
        "occupancy": busy / staffed if staffed else None,
        "status_s": {name: spent["status", name] / 1_000 for name in STATUSES.values()},
        "activity_s": {name: spent["activity", name] / 1_000 for name in told},
    }


STATUSES = {
    ev.AgentAvailable: "available",
    ev.AgentUnavailable: "unavailable",
    ev.AgentNotResponding: "not_responding",
}


class Floor:
    """Agents as they stand after some events."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.activity: dict[str, str] = {}
        self._skills: dict[str, dict[str, int]] = {}
        self.hands: dict[str, set[str]] = {}
        self._silent: set[str] = set()

    def counted(self, skill: str | None = None) -> list[str]:
        return [one for one in self.status if skill is None or self._skills[one].get(skill)]

    def busy(self, some: list[str]) -> list[str]:
        return [one for one in some if self.hands.get(one, set()) - self._silent]

    def staffed(self, some: list[str]) -> list[str]:
        at_work = set(self.busy(some))
        return [one for one in some if self.status[one] == "available" or one in at_work]

    def doing(self, some: list[str]) -> list[str]:
        return [self.activity[one] for one in some if self.activity.get(one)]

    def see(self, event: ev.Event) -> None:
        match event:
            case ev.AgentLoggedIn(agent_id=one):
                if self.status.get(one) != "available":
                    self.status[one] = "unavailable"
                self._skills[one] = event.skills
            case ev.AgentSkillsChanged(agent_id=one):
                self._skills[one] = event.skills
            case ev.AgentAvailable() | ev.AgentUnavailable() | ev.AgentNotResponding():
                self.status[event.agent_id] = STATUSES[type(event)]
            case ev.AgentLoggedOut(agent_id=one):
                del self.status[one]
                self.activity.pop(one, None)
            case ev.AgentActivityChanged(agent_id=one):
                self.activity[one] = event.activity
            case _:
                self._see_work(event)

    def _see_work(self, event: ev.Event) -> None:
        match event:
            case ev.OfferAccepted(agent_id=one, interaction_id=name):
                self.hands.setdefault(one, set()).add(name)
            case ev.InteractionRequeued() | ev.InteractionWrappedUp():
                self._put_down(event.agent_id, event.interaction_id)
            case ev.InteractionIdled(interaction_id=name):
                self._silent.add(name)
            case ev.InteractionWoken(interaction_id=name):
                self._silent.discard(name)

    def _put_down(self, agent_id: str, interaction_id: str) -> None:
        self.hands[agent_id].discard(interaction_id)
        self._silent.discard(interaction_id)
