"""Faults against a queue's strategy or order; and the same journals without the fault."""

from __future__ import annotations

from typing import Any

from scoring.draws import draw, stream_of
from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

ONE = 1_000_000


def center(
    *agents: str,
    shares: dict[str, int] | None = None,
    grades: dict[str, int] | None = None,
    **queue: Any,
) -> Story:
    """Agents at work under a policy whose one queue is this."""
    story = Story(POLICY | {"queues": {"general": queue}})
    for agent in agents:
        share, grade = (shares or {}).get(agent, 1), (grades or {}).get(agent, 0)
        story.record(*story.log_in(agent, share=share, attributes={"grade": grade}), consumed=1)
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


def by_grade(*taken: tuple[str, str, str], equal: bool = False) -> Story:
    grades = {"ann": 2, "bob": 2 if equal else 1}
    order_by = [{"attribute": "grade", "descending": True}]
    story = center("ann", "bob", grades=grades, strategy="by_attributes", order_by=order_by)
    return turns(story, *taken)


def by_chance(*, right: bool = True) -> Story:
    first, second = sorted(("ann", "bob"), key=lambda name: draw(stream_of(name), 1))
    taken = (first, second) if right else (second, first)
    return turns(center("ann", "bob", strategy="random"), (*taken, "random"))


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


def buckets(first: str, second: str) -> Story:
    """Two wait for ann, who has room for both; the younger one stands in a bucket."""
    bucket = {"when": "interaction.tier == 'gold'", "order": "oldest_first"}
    story = Story(POLICY | {"queues": {"general": {"buckets": [bucket]}}})
    for name, tier in (("plain", "none"), ("gold", "gold")):
        created = story.wait(1_000).create(name, attributes={"tier": tier})
        story.record(created, consumed=1)
    logins = story.wait(1_000).log_in("ann")
    offers = []
    for number, name in enumerate((first, second)):
        created = story.interactions[name]
        change: dict[str, Any] = {"trigger": "agent"}
        if name == "gold":
            waited_ms = story.now_ms - created["origin_ms"] + 30 * 10**12
            change["urgency_ppm"] = waited_ms * ONE // 60_000
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


@plants("decision_order")
def _a_lower_grade_first() -> Story:
    return by_grade(("bob", "ann", "by_attributes"))


@plants("decision_tie_break")
def _grades_called_names() -> Story:
    return by_grade(("ann", "bob", "agent_id"))


@plants("decision_tie_break")
def _equal_grades_called_unequal() -> Story:
    return by_grade(("ann", "bob", "by_attributes"), equal=True)


@plants("decision_order")
def _somebody_else_than_was_drawn() -> Story:
    return by_chance(right=False)


@plants("oldest_first")
def _older_first_where_the_newest_is() -> Story:
    return newest_first("older", "newer")


@plants("oldest_first")
def _older_first_where_another_stands_in_a_bucket() -> Story:
    return buckets("plain", "gold")


@plants("decision_urgency")
def _urgency_as_if_there_were_no_buckets() -> Story:
    story = Story(POLICY | {"queues": {"general": {"buckets": [{}]}}})
    story.record(*story.log_in("ann"), consumed=1)
    created = story.wait(10).create("i")
    story.record(created, story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("decision_urgency")
def _urgency_by_the_target_of_the_channel() -> Story:
    story = Story()
    story.record(*story.log_in("ann"), consumed=1)
    created = story.wait(10).create("i", origin_ms=story.now_ms - 30_000, target_ms=20_000)
    story.record(created, story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("interaction_created_wrong")
def _a_target_of_a_moment() -> Story:
    story = Story()
    story.record(story.create("i", target_ms=99), consumed=1)
    return story


@plants("decision_terms")
def _a_term_that_does_not_count() -> Story:
    story = center("ann", strategy="least_loaded")
    created = story.create("i")
    decision = story.decision(created, "ann")
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story
