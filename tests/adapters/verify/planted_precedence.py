"""Faults in what comes first for an agent."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import POLICY, Event, Story

FIRST: Event = POLICY | {"queues": {"general": {"preferred_first": True}, "billing": {}}}
HERS = {"preferred": [["ann", 1_000_000]]}


def _given(policy: Event, *waiting: Event, **decision: Any) -> Story:
    """Ann signs in, and gets the first of those who wait; ``decision`` changes its record."""
    story = Story(policy)
    created = [story.create(one.pop("id"), "voice", **one) for one in map(dict, waiting)]
    story.record(*created, consumed=len(created))
    story.wait(100)
    login = story.log_in("ann")
    told = {"trigger": "agent", "chosen": ["ann", 1, 0]} | decision
    told = story.decision(created[0], "ann", **told)
    offer = story.offer("o", created[0]["interaction_id"], "ann", decision=told)
    story.record(*login, offer, consumed=1)
    return story


@plants("offer_due_elsewhere")
def _somebody_she_knows_waits() -> Story:
    waiting = {"id": "other"}, {"id": "hers"} | HERS
    return _given(FIRST, *waiting, trigger="interaction", chosen=None)


@plants("decision_chosen")
def _nobody_is_said_to_have_chosen() -> Story:
    return _given(FIRST, {"id": "hers"} | HERS, chosen=None)


@plants("decision_chosen")
def _somebody_has_chosen_where_nothing_comes_first() -> Story:
    return _given(POLICY, {"id": "other"})


@plants("decision_chosen")
def _chosen_by_who_is_not_there() -> Story:
    return _given(FIRST, {"id": "other"}, chosen=["zoe", 1, 0])


@plants("decision_chosen")
def _comes_earlier_than_is_said() -> Story:
    return _given(FIRST, {"id": "hers"} | HERS, chosen=["ann", 1, 0])


@plants("decision_chosen")
def _something_more_urgent_as_early() -> Story:
    return _given(FIRST, {"id": "other"}, {"id": "urgent", "priority": 9})


@plants("event_malformed")
def _chosen_by_a_number() -> Story:
    return _given(FIRST, {"id": "other"}, chosen=[7, 1, 0])
