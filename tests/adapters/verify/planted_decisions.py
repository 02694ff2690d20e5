"""Faults of decision records."""

from __future__ import annotations

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import Story, requirement


def decided(**change: object) -> Story:
    """An offer whose decision record is bent."""
    story = at_work("ann")
    created = story.create("i")
    decision = story.decision(created, "ann") | change
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story


@plants("decision_counts")
def _counts_do_not_add_up() -> Story:
    return decided(excluded=1)


@plants("decision_counts")
def _floor_was_another() -> Story:
    return decided(logged_in=2, not_available=1)


@plants("decision_counts")
def _wrong_filter() -> Story:
    story = at_work("ann", "bob")
    created = story.create("i", requirements=[requirement()])
    updated = {"type": "agent_skills_changed", "agent_id": "ann", "skills": {"french": 3}}
    story.agents["ann"]["skills"] = {"french": 3}
    decision = story.decision(created, "ann", logged_in=2, no_capacity=1)
    story.record(updated, created, story.offer("o", "i", "ann", decision=decision), consumed=2)
    return story


@plants("decision_winner")
def _second_best_got_it() -> Story:
    story = at_work("ann", "bob")
    created = story.create("i")
    decision = story.decision(created, "ann", "bob", tie_break="agent_id")
    story.record(created, story.offer("o", "i", "bob", decision=decision), consumed=1)
    return story


@plants("decision_order")
def _later_name_first() -> Story:
    story = at_work("ann", "bob")
    created = story.create("i")
    decision = story.decision(created, "bob", "ann", tie_break="agent_id")
    story.record(created, story.offer("o", "i", "bob", decision=decision), consumed=1)
    return story


@plants("decision_order")
def _best_of_four_not_listed() -> Story:
    story = Story()
    story.record(*(e for a in "abcd" for e in story.log_in(a)), consumed=4)
    created = story.wait(100).create("i")
    decision = story.decision(
        created, "b", "c", "d", logged_in=4, candidates=4, tie_break="agent_id"
    )
    story.record(created, story.offer("o", "i", "b", decision=decision), consumed=1)
    return story


@plants("decision_terms")
def _wrong_score() -> Story:
    story = at_work("ann")
    created = story.create("i")
    decision = story.decision(created, "ann")
    decision["best"][0][1] += 1
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story


@plants("decision_terms")
def _history_forgotten() -> Story:
    story = at_work("ann")
    created = story.create("i")
    offer = story.offer("o", "i", "ann")
    story.record(created | {"preferred": [["ann", 600_000]]}, offer, consumed=1)
    return story


@plants("decision_policy")
def _old_policy() -> Story:
    return decided(policy_version=0)


@plants("decision_urgency")
def _wrong_urgency() -> Story:
    return decided(urgency_ppm=1)


@plants("decision_tie_break")
def _tie_that_was_none() -> Story:
    return decided(tie_break="longest_idle")


@plants("decision_tie_break")
def _tie_kept_quiet() -> Story:
    story = at_work("ann", "bob")
    created = story.create("i")
    decision = story.decision(created, "ann", "bob")
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story
