"""Faults where several are asked at once, and where nobody accepts."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import plants
from tests.adapters.verify.story import BEGIN_MS, POLICY, Event, Story

ASKING = {"offers_at_once": 2, "rescue": {"queue": "billing", "after_declines": 2}}


def _policy(**general: Any) -> Event:
    return POLICY | {"queues": {"general": general, "billing": {}}}


def _floor(policy: Event, *agents: str) -> Story:
    story = Story(policy)
    story.record(*(e for a in agents for e in story.log_in(a)), consumed=len(agents))
    return story.wait(100)


def _asked(story: Story, created: Event, *agents: str) -> list[Event]:
    """Offers to one after the other: "o1", "o2" and so on."""
    offers = []
    for number, agent_id in enumerate(agents, 1):
        left = agents[number - 1 :]
        several = {"tie_break": "agent_id"} if len(left) > 1 else {}
        counts = {"logged_in": len(agents), "excluded": number - 1}
        decision = story.decision(created, *left, **several, **counts)
        offers.append(story.offer(f"o{number}", "i", agent_id, decision=decision))
    return offers


def _two_asked() -> Story:
    story = _floor(_policy(**ASKING), "ann", "bob")
    created = story.create("i")
    story.record(created, *_asked(story, created, "ann", "bob"), consumed=1)
    return story.wait(1_000)


@plants("interaction_state")
def _offered_to_one_too_many() -> Story:
    story = _floor(_policy(offers_at_once=2), "ann", "bob", "eve")
    created = story.create("i")
    story.record(created, *_asked(story, created, "ann", "bob", "eve"), consumed=1)
    return story


@plants("position_wrong")
def _a_place_in_the_line_for_what_is_offered_and_looks_for_more() -> Story:
    story = _floor(_policy(offers_at_once=3), "ann", "bob")
    created = story.create("i")
    told = {
        "type": "wait_estimated",
        "cause": f"{BEGIN_MS}-1",
        "interaction_id": "i",
        "queue": "general",
        "position": 1,
        "waiting": 1,
    }
    story.record(created, *_asked(story, created, "ann", "bob"), consumed=1)
    story.record(told, consumed=1)
    return story


@plants("offer_excluded")
def _offered_twice_to_one() -> Story:
    story = _floor(_policy(offers_at_once=2), "ann")
    created = story.create("i")
    again = story.decision(created, "ann")
    story.record(created, story.offer("o", "i", "ann"), consumed=1)
    again["best"] = [story.candidate(created, "ann")]
    story.record(story.offer("p", "i", "ann", decision=again))
    return story


@plants("offer_left_open")
def _accepted_while_another_is_asked() -> Story:
    story = _two_asked()
    story.record(story.accept("o1"), consumed=1)
    return story


@plants("work_conservation")
def _not_offered_to_the_second() -> Story:
    story = _floor(_policy(offers_at_once=2), "ann", "bob")
    created = story.create("i")
    decision = story.decision(created, "ann", "bob", tie_break="agent_id")
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story


@plants("work_conservation")
def _not_offered_when_there_were_enough() -> Story:
    story = _floor(_policy(offers_at_once=3, offers_at_least=2), "ann", "bob")
    story.record(story.create("i"), consumed=1)
    return story


@plants("offer_too_few")
def _offered_when_there_were_too_few() -> Story:
    story = _floor(_policy(offers_at_once=3, offers_at_least=2), "ann")
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("capacity_offers")
def _asked_once_too_often() -> Story:
    story = _floor(POLICY | {"offers_per_agent": 1}, "ann")
    for number in range(2):
        created = story.create(f"i{number}")
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    return story


def _rescued(answers: int = 2, **change: Any) -> Story:
    """So many have declined, and it moves."""
    story = _two_asked()
    moved = {"type": "interaction_moved", "interaction_id": "i", "queue": "billing", "step": 0}
    declined = [story.decline(offer) for offer in ("o1", "o2")[:answers]]
    moved |= {"declines": 2, "cause": f"{BEGIN_MS}-1"}
    story.record(*declined, moved | change, consumed=1)
    return story


@plants("rescue_wrong")
def _rescued_too_soon() -> Story:
    return _rescued(answers=1)


@plants("rescue_wrong")
def _rescued_by_another_queue() -> Story:
    return _rescued(queue="general")


@plants("rescue_wrong")
def _rescued_after_more_than_there_were() -> Story:
    return _rescued(declines=3)
