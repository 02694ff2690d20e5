"""Faults of offers: to whom, beside what, and of work that nobody was offered."""

from __future__ import annotations

from tests.adapters.verify.plants import assigned, at_work, offered, plants
from tests.adapters.verify.story import POLICY, Event, Story, requirement


def _candidate_without_skill(story: Story, created: Event) -> list[object]:
    found = story.candidate(created, "ann")
    found[1] += -4 * found[2] // 10
    found[2] = 0
    return found


@plants("capacity_cost")
def _wrong_cost() -> Story:
    return offered(cost=29)


@plants("capacity_exceeded")
def _over_capacity() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=50), consumed=1)
    for number in range(2):
        created = story.create(f"i{number}")
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    return story


@plants("capacity_maximum")
def _fourth_chat() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=200), consumed=1)
    for number in range(4):
        created = story.create(f"i{number}")
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    return story


@plants("capacity_maximum")
def _channel_closed_by_the_agent() -> Story:
    story = Story()
    story.record(*story.log_in("ann", maximums={"chat": 0}), consumed=1)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("capacity_exclusive")
def _chat_beside_a_call() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=200), consumed=1)
    for number, channel in enumerate(("voice", "chat")):
        created = story.create(f"i{number}", channel)
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    return story


@plants("capacity_exclusive")
def _call_beside_a_chat() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=200), consumed=1)
    for number, channel in enumerate(("letter", "chat", "voice")):
        created = story.create(f"i{number}", channel)
        story.record(created, story.offer(f"o{number}", f"i{number}", "ann"), consumed=1)
    return story


@plants("offer_unavailable")
def _offered_to_the_unavailable() -> Story:
    story = at_work("ann")
    story.record(story.become("agent_unavailable", "ann"), consumed=1)
    created = story.create("i")
    decision = story.decision(created, "ann", not_available=1, candidates=1, logged_in=2)
    decision |= {"logged_in": 1, "candidates": 0, "best": []}
    # the decision is right in itself: nobody; so it is the winner that is wrong as well
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story


@plants("offer_unskilled")
def _offered_to_the_unskilled() -> Story:
    story = at_work("ann")
    created = story.create("i", requirements=[requirement(level=2, op="between", level_max=4)])
    decision = story.decision(created, "ann")
    decision["best"] = [_candidate_without_skill(story, created)]
    story.record(created, story.offer("o", "i", "ann", decision=decision), consumed=1)
    return story


@plants("offer_excluded")
def _offered_to_the_excluded() -> Story:
    story = at_work("ann")
    story.record(
        story.create("i", excluded_agents=["ann"]), story.offer("o", "i", "ann"), consumed=1
    )
    return story


@plants("offer_before_retry")
def _offered_again_too_soon() -> Story:
    story = offered()
    story.record(story.decline("o", 5_000), consumed=1)
    story.wait(4_999).record(story.offer("p", "i", "ann"))
    return story


@plants("offer_before_retry")
def _offered_again_while_the_exclusion_runs() -> Story:
    story = offered()
    story.record(story.decline("o", 5_000), consumed=1)
    story.wait(5_001).record(story.offer("p", "i", "ann"))
    return story


@plants("exclusion_early")
def _exclusion_too_short() -> Story:
    story = offered()
    story.record(story.decline("o", 5_000), consumed=1)
    ended = {"type": "exclusion_ended", "interaction_id": "i", "agent_id": "ann"}
    story.wait(4_999).record(ended, story.offer("p", "i", "ann"))
    return story


@plants("exclusion_unknown")
def _exclusion_of_nobody() -> Story:
    story = offered()
    story.record({"type": "exclusion_ended", "interaction_id": "i", "agent_id": "ann"})
    return story


@plants("work_conservation")
def _free_agent_and_new_work() -> Story:
    story = at_work("ann")
    story.record(story.create("i"), consumed=1)
    return story


@plants("work_conservation")
def _waiting_work_and_a_new_agent() -> Story:
    story = Story()
    story.record(story.create("i"), story.create("j", "voice"), consumed=2)
    story.record(*story.log_in("ann", maximums={"voice": 0}), consumed=1)
    return story


@plants("work_conservation")
def _room_came_free() -> Story:
    story = assigned("voice")
    story.record(story.create("j"), consumed=1)
    story.record(story.complete("i", "ann"), story.wrap_up("i", "ann"), consumed=1)
    return story


@plants("work_conservation")
def _skills_learnt() -> Story:
    story = at_work("ann")
    story.record(story.create("i", requirements=[requirement()]), consumed=1)
    changed = {"type": "agent_skills_changed", "agent_id": "ann", "skills": {"french": 3}}
    story.record(changed, consumed=1)
    return story


@plants("work_conservation")
def _limits_raised() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=20), story.create("i"), consumed=2)
    changed = {"type": "agent_capacity_changed", "agent_id": "ann", "maximums": {}}
    story.record(changed | {"capacity": 30}, consumed=1)
    return story


@plants("work_conservation")
def _exclusion_over() -> Story:
    story = offered()
    story.record(story.decline("o", 5_000), consumed=1)
    ended = {"type": "exclusion_ended", "interaction_id": "i", "agent_id": "ann"}
    story.wait(5_000).record(ended)
    return story


@plants("work_conservation")
def _policy_made_room() -> Story:
    story = Story()
    story.record(*story.log_in("ann", capacity=20), story.create("i"), consumed=2)
    cheaper = POLICY | {"channels": POLICY["channels"] | {"chat": {"cost": 10}}}
    story.record({"type": "policy_replaced", "version": 2, "policy": cheaper}, consumed=1)
    return story


@plants("work_conservation")
def _cut_and_never_gone_on_with() -> Story:
    story = at_work("ann")
    story.record(story.create("i"), consumed=1, partial=True)
    story.record()
    return story


@plants("capacity_closed")
def _offered_on_a_closed_channel() -> Story:
    story = at_work("ann")
    closed = {"type": "agent_channels_changed", "agent_id": "ann", "closed_channels": ["chat"]}
    story.record(closed, consumed=1)
    story.record(story.create("i"), story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("offer_left_open")
def _left_open_on_a_closed_channel() -> Story:
    story = offered()
    closed = {"type": "agent_channels_changed", "agent_id": "ann", "closed_channels": ["chat"]}
    story.record(closed, consumed=1)
    return story


def _told(story: Story, trigger: str, **change: object) -> Event:
    """An offer past all filters, to an agent without the skill."""
    offer = story.offer("o", "i", "ann")
    counts = ("logged_in", "not_available", "no_capacity", "lacking_skill", "excluded")
    decision = offer["decision"] | dict.fromkeys((*counts, "candidates"), 0)
    decision |= {"trigger": trigger, "best": []}
    decision.pop("tie_break", None)
    return offer | {"decision": decision, "cause": f"{story.now_ms}-0"} | change


def _directly(trigger: str = "direct", **change: object) -> Story:
    story = at_work("ann")
    created = story.create("i", requirements=[requirement()])
    story.record(created, _told(story, trigger, **change), consumed=1)
    return story


@plants("offer_unasked")
def _passed_over_by_nobody() -> Story:
    return _directly(cause="")


@plants("offer_left_open")
def _assigned_and_still_offered() -> Story:
    return _directly("assigned")


@plants("decision_policy")
def _told_under_another_policy() -> Story:
    story = at_work("ann")
    created = story.create("i")
    told = _told(story, "direct")
    told["decision"]["policy_version"] = 7
    story.record(created, told, consumed=1)
    return story


@plants("decision_counts")
def _counted_and_not_compared() -> Story:
    story = at_work("ann")
    created = story.create("i")
    told = _told(story, "direct")
    told["decision"]["logged_in"] = 1
    story.record(created, told, consumed=1)
    return story


@plants("offer_unavailable")
def _assigned_to_who_was_never_there() -> Story:
    story = at_work("ann")
    created = story.create("i")
    told = _told(story, "assigned") | {"agent_id": "ghost"}
    accepted = {"type": "offer_accepted", "offer_id": "o", "interaction_id": "i", "waited_ms": 0}
    cause = {"agent_id": "ghost", "cause": told["cause"]}
    story.record(created, told, accepted | cause, consumed=1)
    return story
