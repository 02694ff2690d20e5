"""The same figures, counted again from all events at once, as slowly as one likes.

Shares nothing with the fold but the names of the figures: no heaps, no running sums, no groups that
are carried along, no windows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from router import events as ev
from router.commands import Requirement
from router.policy import Policy, parse_policy
from tests.adapters.statistics.recounted_floor import Within

__all__ = ("GROUPINGS", "THRESHOLDS_S", "TOTAL", "History", "Recount", "begun")

History = Sequence[tuple[int, ev.Event]]
"""Every event with the time of its record."""

Group = tuple[tuple[str, ...], tuple[str, ...]]
"""By what interactions are told apart, and the names that this group has there."""

GROUPINGS: list[tuple[str, ...]] = [
    ("queue",),
    ("channel",),
    ("skill",),
    ("queue", "channel"),
    ("channel", "skill", "queue"),
]
TOTAL: Group = ((), ())
Thresholds = tuple[int, ...]
THRESHOLDS_S: Thresholds = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)


class Life(NamedTuple):
    """What is known of an interaction after some of its events."""

    groups: frozenset[Group]
    stage: str
    origin_ms: int
    channel: str
    queue: str
    target_ms: int
    answered: bool
    accepted_ms: int = 0
    completed_ms: int = 0


class Fact(NamedTuple):
    """Something that is counted: when, of which groups, what, and how long it took."""

    at_ms: int
    groups: frozenset[Group]
    what: str
    ms: int = 0


class Recount:
    """What should be said of these events, of some spans of them, as of a moment after them."""

    def __init__(
        self, history: History, now_ms: int, spans: dict[str, Within], thresholds_s: Thresholds
    ) -> None:
        self._now_ms = now_ms
        self._spans = spans
        self._thresholds_s = thresholds_s
        self._lives = list(open_lives(history))
        self._facts: dict[Group, list[Fact]] = {}
        for fact in facts_of(history):
            for key in fact.groups:
                self._facts.setdefault(key, []).append(fact)

    def group(self, key: Group) -> dict[str, Any]:
        counts = {
            name: tally(self._within(key, span), self._thresholds_s)
            for name, span in self._spans.items()
        }
        return {**standing(self._lives, key, self._now_ms), **counts}

    def handling(self, agent_id: str) -> dict[str, Any]:
        key: Group = (("agent",), (agent_id,))
        return {name: handling(self._within(key, span)) for name, span in self._spans.items()}

    def rows(self, by: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, Any]]:
        """All that were ever told of by this grouping; everything together is no row."""
        found = sorted(names for kind, names in self._facts if kind == by and names)
        if by == ("agent",):
            return {names: self.handling(names[0]) for names in found}
        return {names: self.group((by, names)) for names in found}

    def _within(self, key: Group, span: Within) -> list[Fact]:
        return [fact for fact in self._facts.get(key, []) if span.holds(fact.at_ms)]


def begun(now_ms: int, zone: str, interval_s: int) -> tuple[int, int]:
    local = datetime.fromtimestamp(now_ms / 1_000, ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day_ms = round(midnight.timestamp() * 1_000)
    passed = (now_ms - day_ms) // (interval_s * 1_000)
    return day_ms, day_ms + passed * interval_s * 1_000


def standing(lives: list[tuple[Life, int]], key: Group, now_ms: int) -> dict[str, Any]:
    mine = [(life, due_ms) for life, due_ms in lives if key in life.groups]
    waiting = [(now_ms - life.origin_ms, due) for life, due in mine if life.stage == "waiting"]
    overdue = sum(now_ms > due for _, due in waiting)
    stages = Counter(life.stage for life, _ in mine)
    return {
        "waiting": len(waiting),
        "longest_wait_s": max([waited for waited, _ in waiting], default=0) / 1_000,
        "overdue": overdue,
        "service_level_now": (len(waiting) - overdue) / len(waiting) if waiting else None,
        "suspended": stages["suspended"],
        "with_agents": stages["with_agents"],
        "in_wrap_up": stages["in_wrap_up"],
    }


def skills_of(requirements: Sequence[Requirement]) -> set[str]:
    found: set[str] = set()
    for asked in requirements:
        found |= {asked.skill} - {""}
        found |= skills_of(asked.all_of or ()) | skills_of(asked.any_of or ())
    return found


@cache
def groups_of(channel: str, queue: str, skills: frozenset[str]) -> frozenset[Group]:
    names = {"queue": {queue}, "channel": {channel}, "skill": skills}
    asked = {(by, key) for by in GROUPINGS for key in product(*(names[name] for name in by))}
    return frozenset({TOTAL, *asked})


class Policies:
    """The policy in force at each place of a history."""

    def __init__(self, history: History) -> None:
        found = [(n, e) for n, (_, e) in enumerate(history) if isinstance(e, ev.PolicyReplaced)]
        self._places = [place for place, _ in found]
        self._parsed = [parse_policy(event.policy) for _, event in found]

    def at(self, place: int) -> Policy:
        return self._parsed[bisect_right(self._places, place) - 1]


def target_ms(policy: Policy, channel: str, queue: str, own_ms: int) -> int:
    if own_ms:
        return own_ms
    targets = policy.queues[queue].targets_s if queue in policy.queues else {}
    if channel not in policy.channels:
        return 0
    return round(1_000 * targets.get(channel, policy.channels[channel].target_s))


def lives_of(history: History) -> dict[str, list[tuple[int, int, ev.Event]]]:
    """Each interaction's events, with their place and time."""
    found: dict[str, list[tuple[int, int, ev.Event]]] = {}
    for place, (at_ms, event) in enumerate(history):
        interaction_id = getattr(event, "interaction_id", "")
        if interaction_id:
            found.setdefault(interaction_id, []).append((place, at_ms, event))
    return found


class Step(NamedTuple):
    """An event of one interaction, how that stood before and stands after (None: ended)."""

    place: int
    at_ms: int
    event: ev.Event
    before: Life
    now: Life | None


def steps(told: list[tuple[int, int, ev.Event]]) -> Iterator[Step]:
    (_, _, created), *_ = told
    assert isinstance(created, ev.InteractionCreated)
    skills = frozenset(skills_of(created.requirements))
    life = Life(groups_of(created.channel, created.queue, skills), "waiting", created.origin_ms,
                created.channel, created.queue, created.target_ms,
                answered=False)  # fmt: skip
    for place, at_ms, event in told:
        if isinstance(event, ENDS):
            yield Step(place, at_ms, event, life, None)
            return
        if isinstance(event, ev.InteractionUpdated | ev.InteractionReclassified):
            skills = frozenset(skills_of(event.requirements))
        now = after(event, life, at_ms)
        now = now._replace(groups=groups_of(now.channel, now.queue, skills))
        yield Step(place, at_ms, event, life, now)
        life = now


ENDS = (ev.InteractionCancelled, ev.InteractionDiverted, ev.InteractionWrappedUp)


def after(event: ev.Event, life: Life, at_ms: int) -> Life:
    match event:
        case ev.InteractionMoved():
            return life._replace(queue=event.queue)
        case ev.InteractionReclassified():
            return life._replace(queue=event.queue, target_ms=event.target_ms)
        case ev.InteractionSuspended():
            return life._replace(stage="suspended")
        case ev.InteractionResumed():
            return life._replace(stage="waiting", origin_ms=event.origin_ms)
        case ev.OfferAccepted():
            return life._replace(stage="with_agents", answered=True, accepted_ms=at_ms)
        case ev.InteractionRequeued():
            return life._replace(stage="waiting")
        case ev.InteractionCompleted():
            return life._replace(stage="in_wrap_up", completed_ms=at_ms)
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
    policies = Policies(history)
    for told in lives_of(history).values():
        began, last = 0, None
        for step in steps(told):
            last = step.now
            waits_anew = isinstance(step.event, REGROUPED) or step.before.stage != "waiting"
            if step.now is not None and step.now.stage == "waiting" and waits_anew:
                began = step.place
        if last is not None:
            policy = policies.at(began)
            allowed_ms = target_ms(policy, last.channel, last.queue, last.target_ms)
            yield last, last.origin_ms + allowed_ms


OFFERS = {
    ev.OfferIssued: "issued",
    ev.OfferAccepted: "accepted",
    ev.OfferDeclined: "declined",
    ev.OfferExpired: "expired",
    ev.OfferRescinded: "rescinded",
}


def facts_of(history: History) -> Iterator[Fact]:
    policies = Policies(history)
    for at_ms, event in history:
        if isinstance(event, ev.Rejected) and event.command == "create":
            yield Fact(at_ms, frozenset({TOTAL}), "rejected")
    for told in lives_of(history).values():
        for step in steps(told):
            groups, at_ms = step.before.groups, step.at_ms
            for what, ms in (*handled(step), *outcomes(policies, step)):
                yield Fact(at_ms, groups | agent_of(step.event), what, ms)
            if step.now is not None:
                was_answered = step.before.answered
                left, entered = groups - step.now.groups, step.now.groups - groups
                yield Fact(at_ms, left, "transferred_out" if was_answered else "moved_out")
                yield Fact(at_ms, entered, "transferred_in" if was_answered else "moved_in")
                if not was_answered:
                    yield Fact(at_ms, entered, "offered")


def agent_of(event: ev.Event) -> frozenset[Group]:
    agent_id = getattr(event, "agent_id", "")
    return frozenset({(("agent",), (agent_id,))}) if agent_id else frozenset()


def handled(step: Step) -> Iterator[tuple[str, int]]:
    """What agents did."""
    if type(step.event) in OFFERS:
        yield OFFERS[type(step.event)], 0
    match step.event:
        case ev.InteractionRequeued():
            yield "requeued", step.at_ms - step.before.accepted_ms
        case ev.InteractionWrappedUp():
            yield "completed", step.at_ms - step.before.accepted_ms
            yield "wrap_up", step.at_ms - step.before.completed_ms
        case ev.InteractionCancelled():
            yield "cancelled", 0


def outcomes(policies: Policies, step: Step) -> Iterator[tuple[str, int]]:
    """What becomes of an interaction that nobody has answered yet."""
    life = step.before
    match step.event:
        case _ if life.answered:
            return
        case ev.InteractionCreated():
            yield "offered", 0
        case ev.OfferAccepted(waited_ms=waited_ms):
            policy = policies.at(step.place)
            yield "answered", waited_ms
            if waited_ms <= target_ms(policy, life.channel, life.queue, life.target_ms):
                yield "answered_in_target", 0
        case ev.InteractionCancelled() as event:
            yield gave_up(policies, step.place, event, life), event.waited_ms
        case ev.InteractionDiverted():
            yield "diverted", 0


def gave_up(policies: Policies, place: int, event: ev.InteractionCancelled, life: Life) -> str:
    if life.stage == "suspended":
        return "called_off"
    channel = policies.at(place).channels.get(life.channel)
    short_ms = round(1_000 * channel.short_abandon_s) if channel else 0
    return "abandoned_short" if event.waited_ms < short_ms else "abandoned"


COUNTED = (
    "offered", "moved_in", "answered", "answered_in_target", "abandoned", "abandoned_short",
    "called_off", "cancelled", "diverted", "moved_out", "transferred_in", "transferred_out",
    "rejected",
)  # fmt: skip


def tally(mine: list[Fact], thresholds_s: Thresholds) -> dict[str, Any]:
    counts = Counter(fact.what for fact in mine)
    waits = taken(mine, "answered")
    lost = taken(mine, "abandoned", "abandoned_short")
    counted = counts["answered"] + counts["abandoned"]
    return {
        **{name: counts[name] for name in COUNTED},
        "service_level": counts["answered_in_target"] / counted if counted else None,
        **durations("wait", waits),
        **durations("abandoned_wait", lost),
        **split("answered", waits, thresholds_s),
        **split("abandoned", lost, thresholds_s),
        **handling(mine),
    }


def handling(mine: list[Fact]) -> dict[str, Any]:
    counts = Counter(fact.what for fact in mine)
    handles = taken(mine, "completed", "requeued")
    return {
        "handled": len(handles),
        "completed": counts["completed"],
        "requeued": counts["requeued"],
        **durations("handle", handles),
        **durations("wrap_up", taken(mine, "wrap_up")),
        "offers": {name: counts[name] for name in OFFERS.values()},
    }


def taken(facts: list[Fact], *what: str) -> list[int]:
    return [fact.ms for fact in facts if fact.what in what]


def durations(name: str, all_ms: list[int]) -> dict[str, float | None]:
    return {
        f"{name}_mean_s": sum(all_ms) / len(all_ms) / 1_000 if all_ms else None,
        f"{name}_min_s": min(all_ms) / 1_000 if all_ms else None,
        f"{name}_max_s": max(all_ms) / 1_000 if all_ms else None,
        f"{name}_total_s": sum(all_ms) / 1_000,
    }


def split(name: str, all_ms: list[int], thresholds_s: Thresholds) -> dict[str, Any]:
    return {
        f"{name}_within_s": {str(s): sum(ms <= 1_000 * s for ms in all_ms) for s in thresholds_s},
        f"{name}_above_s": {str(s): sum(ms > 1_000 * s for ms in all_ms) for s in thresholds_s},
    }
