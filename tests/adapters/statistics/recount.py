"""The same figures, counted again from all events at once, as slowly as one likes.

Shares nothing with the fold but the names of the figures: no heaps, no running sums, no groups that
are carried along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from adapters.statistics.tally import THRESHOLDS_S
from router import events as ev
from router.commands import Requirement
from router.policy import Policy, parse_policy

__all__ = ("History", "recounted")

History = Sequence[tuple[int, ev.Event]]
"""Every event with the time of its record."""


class Life(NamedTuple):
    """What is known of an interaction after some of its events."""

    groups: frozenset[tuple[str, str]]
    stage: str
    origin_ms: int
    channel: str
    queue: str
    answered: bool


class Fact(NamedTuple):
    """Something that is counted: when, of which groups, what."""

    at_ms: int
    groups: frozenset[tuple[str, str]]
    what: str
    wait_ms: int = 0


def recounted(history: History, by: str, now_ms: int, zone: str, interval_s: int) -> dict[str, Any]:
    """What ``figures_at`` should say of these events."""
    day_ms, interval_ms = windows(now_ms, zone, interval_s)
    facts, waits = list(facts_of(history)), list(open_lives(history))
    spans = {"interval": interval_ms, "day": day_ms}

    def group(key: tuple[str, str]) -> dict[str, Any]:
        lives = [life for life, _ in waits if key in life.groups]
        waiting = [(now_ms - life.origin_ms, due) for life, due in waits
                   if key in life.groups and life.stage == "waiting"]  # fmt: skip
        overdue = sum(now_ms > due for _, due in waiting)
        stages = Counter(life.stage for life in lives)
        return {
            "waiting": len(waiting),
            "longest_wait_s": max([waited for waited, _ in waiting], default=0) / 1_000,
            "overdue": overdue,
            "service_level_now": (len(waiting) - overdue) / len(waiting) if waiting else None,
            "suspended": stages["suspended"],
            "with_agents": stages["with_agents"],
            "in_wrap_up": stages["in_wrap_up"],
            **{name: tally(facts, key, since_ms) for name, since_ms in spans.items()},
        }

    names = sorted({name for fact in facts for kind, name in fact.groups if kind == by})
    return {
        "total": group(("all", "")),
        "rows": {name: group((by, name)) for name in names},
        "agents": agents(history, now_ms, spans),
    }


def windows(now_ms: int, zone: str, interval_s: int) -> tuple[int, int]:
    local = datetime.fromtimestamp(now_ms / 1_000, ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day_ms = round(midnight.timestamp() * 1_000)
    passed = (now_ms - day_ms) // (interval_s * 1_000)
    return day_ms, day_ms + passed * interval_s * 1_000


def skills_of(requirements: Sequence[Requirement]) -> set[str]:
    found: set[str] = set()
    for asked in requirements:
        found |= {asked.skill} - {""}
        found |= skills_of(asked.all_of or ()) | skills_of(asked.any_of or ())
    return found


def groups_of(channel: str, queue: str, skills: set[str]) -> frozenset[tuple[str, str]]:
    asked = {("skill", skill) for skill in skills}
    return frozenset({("all", ""), ("queue", queue), ("channel", channel), *asked})


def policy_at(history: History, upto: int) -> Policy:
    found = [event for _, event in history[: upto + 1] if isinstance(event, ev.PolicyReplaced)]
    return parse_policy(found[-1].policy)


def target_ms(policy: Policy, channel: str, queue: str) -> int:
    targets = policy.queues[queue].targets_s if queue in policy.queues else {}
    if channel not in policy.channels:
        return 0
    return round(1_000 * targets.get(channel, policy.channels[channel].target_s))


def lives_of(history: History) -> dict[str, list[tuple[int, ev.Event]]]:
    """The places of each interaction's events."""
    found: dict[str, list[tuple[int, ev.Event]]] = {}
    for place, (_, event) in enumerate(history):
        interaction_id = getattr(event, "interaction_id", "")
        if interaction_id:
            found.setdefault(interaction_id, []).append((place, event))
    return found


def steps(told: list[tuple[int, ev.Event]]) -> Iterator[tuple[int, ev.Event, Life, Life | None]]:
    """Each event of one interaction with how it stood before and stands after (None: ended)."""
    (_, created), *_ = told
    assert isinstance(created, ev.InteractionCreated)
    skills = skills_of(created.requirements)
    life = Life(groups_of(created.channel, created.queue, skills), "waiting", created.origin_ms,
                created.channel, created.queue, answered=False)  # fmt: skip
    for place, event in told:
        before: Life = life
        if isinstance(event, ENDS):
            yield place, event, before, None
            return
        if isinstance(event, ev.InteractionUpdated | ev.InteractionReclassified):
            skills = skills_of(event.requirements)
        life = after(event, before)
        life = life._replace(groups=groups_of(life.channel, life.queue, skills))
        yield place, event, before, life


ENDS = (ev.InteractionCancelled, ev.InteractionDiverted, ev.InteractionWrappedUp)


def after(event: ev.Event, life: Life) -> Life:
    match event:
        case ev.InteractionMoved() | ev.InteractionReclassified():
            return life._replace(queue=event.queue)
        case ev.InteractionSuspended():
            return life._replace(stage="suspended")
        case ev.InteractionResumed():
            return life._replace(stage="waiting", origin_ms=event.origin_ms)
        case ev.OfferAccepted():
            return life._replace(stage="with_agents", answered=True)
        case ev.InteractionRequeued():
            return life._replace(stage="waiting")
        case ev.InteractionCompleted():
            return life._replace(stage="in_wrap_up")
        case _:
            return life


REGROUPED = (
    ev.InteractionCreated,
    ev.InteractionUpdated,
    ev.InteractionMoved,
    ev.InteractionReclassified,
)


def open_lives(history: History) -> Iterator[tuple[Life, int]]:
    """Every open interaction as it stands, and when its wait is beyond its target."""
    for told in lives_of(history).values():
        began, last = 0, None
        for place, event, before, now in steps(told):
            last = now
            waits_anew = isinstance(event, REGROUPED) or before.stage != "waiting"
            if now is not None and now.stage == "waiting" and waits_anew:
                began = place
        if last is not None:
            due_ms = last.origin_ms + target_ms(policy_at(history, began), last.channel, last.queue)
            yield last, due_ms


OFFERS = {
    ev.OfferIssued: "issued",
    ev.OfferAccepted: "accepted",
    ev.OfferDeclined: "declined",
    ev.OfferExpired: "expired",
    ev.OfferRescinded: "rescinded",
}


def facts_of(history: History) -> Iterator[Fact]:
    for at_ms, event in history:
        if isinstance(event, ev.Rejected) and event.command == "create":
            yield Fact(at_ms, frozenset({("all", "")}), "rejected")
    for told in lives_of(history).values():
        for place, event, before, now in steps(told):
            at_ms = history[place][0]
            if type(event) in OFFERS:
                yield Fact(at_ms, before.groups, OFFERS[type(event)])
            if not before.answered:
                yield from (
                    Fact(at_ms, before.groups, what, wait_ms)
                    for what, wait_ms in outcomes(history, place, event, before)
                )
                if now is not None:
                    yield Fact(at_ms, before.groups - now.groups, "moved_out")
                    yield Fact(at_ms, now.groups - before.groups, "offered")


def outcomes(
    history: History, place: int, event: ev.Event, before: Life
) -> Iterator[tuple[str, int]]:
    """What becomes of an interaction that nobody has answered yet."""
    match event:
        case ev.InteractionCreated():
            yield "offered", 0
        case ev.OfferAccepted():
            allowed_ms = target_ms(policy_at(history, place), before.channel, before.queue)
            yield "answered", event.waited_ms
            if event.waited_ms <= allowed_ms:
                yield "answered_in_target", 0
        case ev.InteractionCancelled():
            yield gave_up(history, place, event, before), 0
        case ev.InteractionDiverted():
            yield "diverted", 0


def gave_up(history: History, place: int, event: ev.InteractionCancelled, life: Life) -> str:
    if life.stage == "suspended":
        return "called_off"
    channel = policy_at(history, place).channels.get(life.channel)
    short_ms = round(1_000 * channel.short_abandon_s) if channel else 0
    return "abandoned_short" if event.waited_ms < short_ms else "abandoned"


def tally(facts: list[Fact], key: tuple[str, str], since_ms: int) -> dict[str, Any]:
    mine = [fact for fact in facts if key in fact.groups and fact.at_ms >= since_ms]
    counts = Counter(fact.what for fact in mine)
    waits = [fact.wait_ms for fact in mine if fact.what == "answered"]
    counted = counts["answered"] + counts["abandoned"]
    names = ("offered", "answered", "answered_in_target", "abandoned", "abandoned_short",
             "called_off", "diverted", "moved_out", "rejected")  # fmt: skip
    return {
        **{name: counts[name] for name in names},
        "service_level": counts["answered_in_target"] / counted if counted else None,
        "wait_mean_s": sum(waits) / len(waits) / 1_000 if waits else None,
        "wait_min_s": min(waits, default=0) / 1_000,
        "wait_max_s": max(waits, default=0) / 1_000,
        "wait_total_s": sum(waits) / 1_000,
        "answered_within_s": {
            str(most_s): sum(wait <= 1_000 * most_s for wait in waits) for most_s in THRESHOLDS_S
        },
        "offers": {name: counts[name] for name in OFFERS.values()},
    }


def agents(
    history: History, now_ms: int, spans: dict[str, int], skill: str | None = None
) -> dict[str, Any]:
    """Agents together (who have a skill); each span between two events is looked at by itself."""
    busy, staffed = dict.fromkeys(spans, 0), dict.fromkeys(spans, 0)
    times = [*(at_ms for at_ms, _ in history), now_ms]
    floor = Floor(skill)
    for (begin_ms, end_ms), (_, event) in zip(pairwise(times), history, strict=True):
        floor.see(event)
        for name, since_ms in spans.items():
            passed_ms = max(0, end_ms - max(begin_ms, since_ms))
            busy[name] += passed_ms * len(floor.busy())
            staffed[name] += passed_ms * len(floor.staffed())
    return {
        "by_status": dict(sorted(Counter(floor.status.values()).items())),
        "by_activity": dict(sorted(Counter(filter(None, floor.activity.values())).items())),
        "working": len(floor.busy()),
        "available": sum(floor.status[one] == "available" for one in floor.counted()),
        "occupancy": {
            name: busy[name] / staffed[name] if staffed[name] else None for name in spans
        },
    }


STATUSES = {
    ev.AgentAvailable: "available",
    ev.AgentUnavailable: "unavailable",
    ev.AgentNotResponding: "not_responding",
}


class Floor:
    """Agents (who have a skill) as they stand after some events."""

    def __init__(self, skill: str | None) -> None:
        self._skill = skill
        self.status: dict[str, str] = {}
        self.activity: dict[str, str] = {}
        self._skills: dict[str, dict[str, int]] = {}
        self._hands: Counter[str] = Counter()

    def counted(self) -> list[str]:
        return [o for o in self.status if self._skill is None or self._skills[o].get(self._skill)]

    def busy(self) -> list[str]:
        return [one for one in self.counted() if self._hands[one]]

    def staffed(self) -> list[str]:
        return [o for o in self.counted() if self.status[o] == "available" or self._hands[o]]

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
            case ev.OfferAccepted(agent_id=one):
                self._hands[one] += 1
            case ev.InteractionRequeued(agent_id=one) | ev.InteractionWrappedUp(agent_id=one):
                self._hands[one] -= 1
