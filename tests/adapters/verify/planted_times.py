"""Faults of timers, ages and the order of service."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import assigned, at_work, offered, plants
from tests.adapters.verify.story import BEGIN_MS, POLICY, Story, requirement


@plants("offer_expired_early")
def _expired_too_soon() -> Story:
    story = offered().wait(18_999)
    story.record(*story.expire("o"))
    return story


@plants("offer_expiry")
def _expiry_of_its_own() -> Story:
    story = at_work("ann")
    offer = story.offer("o", "i", "ann", expires_ms=story.now_ms + 1) if story.create("i") else {}
    story.record(story.interactions["i"], offer, consumed=1)
    return story


@plants("wrap_up_early")
def _wrapped_up_too_soon() -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000), consumed=1)
    story.wait(29_999).record(story.wrap_up("i", "ann", "timer"))
    return story


@plants("wrap_up_early")
def _no_wrap_up_where_there_is_one() -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000), story.wrap_up("i", "ann"), consumed=1)
    return story


@plants("timer_overdue")
def _offer_never_expires() -> Story:
    story = offered().wait(60_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("timer_overdue")
def _wrap_up_never_ends() -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000), consumed=1)
    story.wait(60_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("timer_overdue")
def _exclusion_never_ends() -> Story:
    story = offered()
    story.record(story.decline("o", 5_000), consumed=1)
    story.wait(60_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("waited")
def _age_lost_by_requeueing() -> Story:
    story = assigned()
    story.record(story.requeue("i", "ann"), story.offer("p", "i", "ann"), consumed=1)
    story.wait(1_000).record(story.accept("p", waited_ms=1_000), consumed=1)
    return story


@plants("waited")
def _wrong_wait_of_the_cancelled() -> Story:
    story = Story()
    story.record(story.create("i"), consumed=1)
    story.wait(1_000).record(story.cancel("i", waited_ms=999), consumed=1)
    return story


def _younger_first(trigger: str) -> Story:
    story = Story()
    story.record(story.create("old", "voice"), consumed=1)
    story.wait(1_000).record(story.create("young", "voice"), consumed=1)
    login = story.log_in("ann")
    decision = story.decision(story.interactions["young"], "ann", trigger=trigger)
    story.record(*login, story.offer("o", "young", "ann", decision=decision), consumed=1)
    return story


@plants("oldest_first")
def _younger_first_for_an_agent() -> Story:
    return _younger_first("agent")


@plants("oldest_first")
def _younger_first_for_itself() -> Story:
    return _younger_first("interaction")


@plants("oldest_first")
def _requeued_at_the_end_of_the_line() -> Story:
    story = assigned("voice")
    story.record(story.create("j", "voice"), consumed=1)
    offer = story.offer("p", "j", "ann")
    offer["decision"] = None
    requeue = story.requeue("i", "ann")
    story.agents["ann"]["used"] = 0
    offer["decision"] = story.decision(story.interactions["j"], "ann", trigger="agent")
    story.record(requeue, offer, consumed=1)
    return story


STEPS = [
    {"until_s": 10, "lower": {"french": 1}},
    {"until_target": 1, "widen": [{"skill": "french", "op": "="}], "priority": 2},
    {"drop": ["french"], "expedite": True},
]


def _waiting(**change: object) -> Story:
    """One interaction in the first step of a workflow, or in what ``change`` makes of it."""
    queues = {**POLICY["queues"], "general": {"workflow": "w"}}
    story = Story({**POLICY, "queues": queues, "workflows": {"w": {"steps": STEPS}}})
    asked = [requirement(level=3)]
    stepped = {
        "type": "interaction_stepped",
        "interaction_id": "i",
        "step": 1,
        "requirements": [requirement(level=2)],
        "priority": 0,
        "until_ms": story.now_ms + 10_000,
    }
    story.record(story.create("i", requirements=asked), stepped | change, consumed=1)
    return story


@plants("step_early")
def _step_ended_too_soon() -> Story:
    story = _waiting()
    origin_ms = story.now_ms
    either = {"any": [requirement(level=2), {"skill": "french", "op": "="}]}
    second = {
        "type": "interaction_stepped",
        "interaction_id": "i",
        "step": 2,
        "requirements": [requirement(level=2, hard=False), either],
        "priority": 2,
        "until_ms": origin_ms + 60_000,
    }
    story.wait(10_000).record(second)
    story.wait(49_999).record(
        second | {"step": 3, "requirements": [], "priority": 100, "until_ms": 0}
    )
    return story


@plants("step_wrong")
def _step_asks_for_too_much() -> Story:
    return _waiting(requirements=[requirement(level=3)])


@plants("step_wrong")
def _step_of_another_priority() -> Story:
    return _waiting(priority=1)


@plants("step_wrong")
def _step_that_lasts_longer() -> Story:
    story = _waiting()
    return _waiting(until_ms=story.now_ms + 20_000)


@plants("step_wrong")
def _step_for_some_alone() -> Story:
    return _waiting(only_preferred=True)


@plants("step_wrong")
def _step_out_of_range() -> Story:
    return _waiting(step=4)


def served(delay_s: float, **change: object) -> Story:
    """One interaction of a queue that a profile serves after a delay."""
    profiles = {"line": {"queues": {"general": {"delay_s": delay_s}}}}
    story = Story({**POLICY, "profiles": profiles})
    stepped = {
        "type": "interaction_stepped",
        "interaction_id": "i",
        "step": 1,
        "requirements": [{"expression": "!has(agent.profile)"}],
        "priority": 0,
        "until_ms": story.now_ms + round(delay_s * 1_000),
        "continues": True,
    }
    story.record(story.create("i"), stepped | change, consumed=1)
    return story


@plants("step_wrong")
def _step_for_a_profile_before_its_delay() -> Story:
    listed = '!has(agent.profile) || agent.profile in ["line"]'
    return served(20, requirements=[{"expression": listed}])


@plants("step_wrong")
def _step_that_does_not_say_that_it_goes_on() -> Story:
    return served(20, continues=False)


@plants("step_wrong")
def _step_that_forgets_a_delay() -> Story:
    return served(20, continues=False, until_ms=0)


@plants("timer_overdue")
def _step_never_ends() -> Story:
    story = _waiting().wait(60_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


LEAVING = POLICY | {
    "queues": {"general": {"workflow": "w"}, "billing": {}},
    "workflows": {"w": {"steps": [{"until_s": 10}, {"queue": "billing"}]}},
}


def _moved(wait_ms: int = 10_000, **change: Any) -> Story:
    story = Story(LEAVING)
    begun = {
        "type": "interaction_stepped",
        "interaction_id": "i",
        "step": 1,
        "requirements": [],
        "priority": 0,
        "until_ms": story.now_ms + 10_000,
        "cause": f"{story.now_ms}-0",
    }
    story.record(story.create("i", queue="general"), begun, consumed=1)
    moved = {"type": "interaction_moved", "interaction_id": "i", "queue": "billing", "step": 2}
    story.wait(wait_ms).record(moved | change)
    return story


@plants("step_early")
def _moved_too_soon() -> Story:
    return _moved(9_999)


@plants("step_wrong")
def _moved_to_another_queue() -> Story:
    return _moved(queue="general")


@plants("step_wrong")
def _moved_by_no_step() -> Story:
    return _moved(step=9)


@plants("step_wrong")
def _moved_by_an_update_too_soon() -> Story:
    return _moved(9_999, cause=f"{BEGIN_MS}-1")


@plants("step_wrong")
def _moved_by_a_step_that_stays() -> Story:
    return _moved(step=1)


@plants("step_wrong")
def _diverted_by_a_step_that_moves() -> Story:
    out: dict[str, Any] = {
        "type": "interaction_diverted",
        "target": "x",
        "inbox": "overflow",
        "rule": "",
    }
    return _moved(**out, waited_ms=10_000)


@plants("step_wrong")
def _moved_by_nobody() -> Story:
    return _moved(step=0)


@plants("step_wrong")
def _handed_over_to_no_queue() -> Story:
    return _moved(step=0, queue="nowhere", cause=f"{BEGIN_MS}-1")


@plants("offer_before_retry")
def _offered_to_who_gave_it_away() -> Story:
    story = assigned()
    until_ms = story.now_ms + 10_000
    story.record(story.requeue("i", "ann") | {"excluded_until_ms": until_ms}, consumed=1)
    story.wait(1_000).record(story.offer("p", "i", "ann"))
    return story


@plants("wrap_up_early")
def _forced_wrap_up_ended_by_the_agent() -> Story:
    voice = POLICY["channels"]["voice"] | {"wrap_up": "forced"}
    story = Story(POLICY | {"channels": POLICY["channels"] | {"voice": voice}})
    story.record(*story.log_in("ann"), consumed=1)
    story.record(story.create("i", "voice"), story.offer("o", "i", "ann"), consumed=1)
    story.record(story.accept("o"), consumed=1)
    story.record(story.complete("i", "ann", 30_000), consumed=1)
    story.wait(1_000).record(story.wrap_up("i", "ann", "agent"), consumed=1)
    return story


@plants("wrap_up_early")
def _open_wrap_up_ended_by_time() -> Story:
    voice = POLICY["channels"]["voice"] | {"wrap_up": "open", "wrap_up_s": 0}
    story = Story(POLICY | {"channels": POLICY["channels"] | {"voice": voice}})
    story.record(*story.log_in("ann"), consumed=1)
    story.record(story.create("i", "voice"), story.offer("o", "i", "ann"), consumed=1)
    story.record(story.accept("o"), consumed=1)
    open_ended = story.complete("i", "ann", 0) | {"wrap_up_until_ms": 0}
    story.record(open_ended, consumed=1)
    story.wait(60_000).record(story.wrap_up("i", "ann", "timer"))
    return story


def _expired(wait_ms: int, left: list[Any]) -> Story:
    story = Story()
    passing, lasting = requirement() | {"ttl_s": 30}, requirement()
    story.record(story.create("i", requirements=[passing, lasting]), consumed=1)
    expired = {"type": "requirements_expired", "interaction_id": "i", "requirements": left}
    story.wait(wait_ms).record(expired)
    return story


@plants("requirement_expiry")
def _requirement_expired_too_soon() -> Story:
    return _expired(29_999, [requirement()])


@plants("requirement_expiry")
def _another_requirement_expired() -> Story:
    return _expired(30_000, [])


@plants("timer_overdue")
def _requirement_never_expires() -> Story:
    story = Story()
    story.record(story.create("i", requirements=[requirement() | {"ttl_s": 30}]), consumed=1)
    story.wait(60_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("wrap_up_wrong")
def _forced_wrap_up_passed_over() -> Story:
    voice = POLICY["channels"]["voice"] | {"wrap_up": "forced"}
    story = Story(POLICY | {"channels": POLICY["channels"] | {"voice": voice}})
    story.record(*story.log_in("ann"), consumed=1)
    story.record(story.create("i", "voice"), story.offer("o", "i", "ann"), consumed=1)
    story.record(story.accept("o"), consumed=1)
    story.record(story.complete("i", "ann", 0), story.wrap_up("i", "ann", "none"), consumed=1)
    return story


def _extended(**change: Any) -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000), consumed=1)
    extended = {"type": "interaction_wrap_up_extended", "interaction_id": "i", "agent_id": "ann"}
    terms = {"wrap_up_until_ms": story.now_ms + 60_000, "cause": f"{BEGIN_MS}-1"}
    story.record(extended | terms | change, consumed=1)
    return story


@plants("wrap_up_wrong")
def _extended_to_less() -> Story:
    return _extended(wrap_up_until_ms=BEGIN_MS + 1)


@plants("command_missing")
def _extended_by_nobody() -> Story:
    return _extended(cause="")


def _held(**change: Any) -> Story:
    story = offered()
    held = {"type": "offer_held", "offer_id": "o", "interaction_id": "i", "agent_id": "ann"}
    terms = {"expires_ms": story.now_ms + 60_000, "cause": f"{BEGIN_MS}-1"}
    story.record(held | terms | change, consumed=1)
    return story


@plants("command_missing")
def _held_by_nobody() -> Story:
    return _held(cause="")


@plants("offer_expiry")
def _held_for_too_long() -> Story:
    return _held(expires_ms=BEGIN_MS + 7_200_000)


@plants("command_missing")
def _accepted_by_nobody() -> Story:
    story = offered()
    story.record(story.accept("o") | {"cause": ""})
    return story
