"""Faults against a queue's strategy or order; and the same journals without the fault."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

ONE = 1_000_000


def center(*agents: str, shares: dict[str, int] | None = None, **queue: Any) -> Story:
    """Agents at work under a policy whose one queue is this."""
    story = Story(POLICY | {"queues": {"general": queue}})
    logins = (e for a in agents for e in story.log_in(a, share=(shares or {}).get(a, 1)))
    story.record(*logins, consumed=len(agents))
    return story.wait(100)


def decided(story: Story, created: Event, *best: str, **change: Any) -> Event:
    """A decision in which no term counts."""
    decision = story.decision(created, *best, **change)
    for candidate in decision["best"]:
        candidate[1] = 0
    return decision


def turns(story: Story, *taken: tuple[str, str, str]) -> Story:
    """One chat after the other: (winner, runner-up, what decided)."""
    for number, (winner, other, tie_break) in enumerate(taken):
        created = story.wait(10).create(f"i{number}")
        decision = decided(story, created, winner, other, tie_break=tie_break)
        offer = story.offer(f"o{number}", f"i{number}", winner, decision=decision)
        story.record(created, offer, consumed=1)
    return story


def round_robin(*taken: tuple[str, str, str]) -> Story:
    return turns(center("ann", "bob", strategy="round_robin"), *taken)


def target_share(*taken: tuple[str, str, str]) -> Story:
    shares = {"ann": 1, "bob": 2}
    return turns(center("ann", "bob", shares=shares, strategy="target_share"), *taken)


ROUND_ROBIN = (
    ("ann", "bob", "agent_id"),
    ("bob", "ann", "round_robin"),
    ("ann", "bob", "round_robin"),
)
TARGET_SHARE = (
    ("ann", "bob", "agent_id"),
    ("bob", "ann", "target_share"),
    ("bob", "ann", "target_share"),
    ("ann", "bob", "agent_id"),
)


def newest_first(first: str, second: str) -> Story:
    """Two wait for ann, who has room for both."""
    story = Story(POLICY | {"queues": {"general": {"order": "newest_first"}}})
    for name in ("older", "newer"):
        story.wait(1_000).record(story.create(name), consumed=1)
    logins = story.wait(1_000).log_in("ann")
    offers = []
    for number, name in enumerate((first, second)):
        created = story.interactions[name]
        age_ms = story.now_ms - created["origin_ms"]
        urgency_ppm = ONE * 60_000 // (60_000 + age_ms)
        change = {"trigger": "agent", "urgency_ppm": urgency_ppm}
        decision = story.decision(created, "ann", **change)
        offers.append(story.offer(f"o{number}", name, "ann", decision=decision))
    story.record(*logins, *offers, consumed=1)
    return story


@plants("decision_order")
def _a_second_before_the_first() -> Story:
    return round_robin(ROUND_ROBIN[0], ("ann", "bob", "round_robin"))


@plants("decision_tie_break")
def _turns_called_idle_time() -> Story:
    return round_robin(ROUND_ROBIN[0], ("bob", "ann", "longest_idle"))


@plants("decision_order")
def _more_than_the_share() -> Story:
    return target_share(*TARGET_SHARE[:2], ("ann", "bob", "target_share"))


@plants("oldest_first")
def _older_first_where_the_newest_is() -> Story:
    return newest_first("older", "newer")


@plants("decision_terms")
def _a_term_that_does_not_count() -> Story:
    story = center("ann", strategy="least_loaded")
    created = story.create("i")
    decision = story.decision(created, "ann")
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story
