"""Faults in the lives of interactions and agents, and of who holds what."""

from __future__ import annotations

from tests.adapters.verify.plants import assigned, at_work, offered, plants
from tests.adapters.verify.story import BEGIN_MS, POLICY, Story, requirement


@plants("interaction_created_twice")
def _created_while_open() -> Story:
    story = Story()
    story.record(story.create("i"), story.create("i"))
    return story


@plants("interaction_created_twice")
def _created_while_remembered() -> Story:
    story = Story()
    story.record(story.create("i"), story.cancel("i"))
    story.wait(3_599_999).record(story.create("i"))
    return story


@plants("interaction_created_wrong")
def _created_in_the_future() -> Story:
    story = Story()
    story.record(story.create("i", origin_ms=story.now_ms + 1))
    return story


@plants("interaction_created_wrong")
def _unknown_channel() -> Story:
    story = Story()
    story.record(story.create("i", "pigeon"))
    return story


@plants("interaction_created_wrong")
def _unknown_queue() -> Story:
    story = Story()
    story.record(story.create("i", queue="none"))
    return story


@plants("interaction_created_wrong")
def _same_sequence() -> Story:
    story = Story()
    story.record(story.create("i"), story.create("j", sequence=1))
    return story


@plants("interaction_unknown")
def _never_created() -> Story:
    story = Story()
    story.interactions["i"] = {"origin_ms": story.now_ms}
    story.record(story.cancel("i"))
    return story


@plants("interaction_finished")
def _cancelled_twice() -> Story:
    story = Story()
    story.record(story.create("i"), story.cancel("i"), story.cancel("i"))
    return story


@plants("interaction_finished")
def _offered_after_its_end() -> Story:
    story = at_work("ann")
    story.record(story.create("i"), story.cancel("i"), story.offer("o", "i", "ann"))
    return story


@plants("interaction_state")
def _offered_twice_at_once() -> Story:
    story = at_work("ann", "bob")
    created = story.create("i")
    decision = story.decision(created, "ann", "bob", tie_break="agent_id")
    story.record(created, story.offer("o", "i", "ann", decision=decision))
    story.record(story.offer("p", "i", "bob"))
    return story


@plants("interaction_state")
def _cancelled_after_acceptance() -> Story:
    story = assigned()
    story.record(story.cancel("i"))
    return story


@plants("interaction_state")
def _completed_while_offered() -> Story:
    story = offered()
    story.record(story.complete("i", "ann"))
    return story


@plants("interaction_state")
def _requeued_in_wrap_up() -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000), story.requeue("i", "ann"))
    return story


@plants("agent_unknown")
def _nobody() -> Story:
    story = Story()
    story.record({"type": "agent_unavailable", "agent_id": "ann"})
    return story


@plants("agent_state")
def _available_after_logout() -> Story:
    story = assigned()
    logout = story.become("agent_logged_out", "ann")
    story.record(logout, story.become("agent_available", "ann"))
    return story


@plants("agent_state")
def _available_twice() -> Story:
    story = at_work("ann")
    story.record(story.become("agent_available", "ann"))
    return story


@plants("agent_state")
def _not_responding_while_unavailable() -> Story:
    story = at_work("ann")
    away = story.become("agent_unavailable", "ann")
    story.record(away, story.become("agent_not_responding", "ann", offer_id="o"))
    return story


@plants("agent_expiry")
def _expired_and_still_available() -> Story:
    story = offered().wait(19_000)
    story.record(story.expire("o")[0])
    return story


@plants("agent_expiry")
def _not_responding_to_nothing() -> Story:
    story = at_work("ann")
    story.record(story.become("agent_not_responding", "ann", offer_id="o"))
    return story


@plants("offer_left_open")
def _offer_outlives_availability() -> Story:
    story = offered()
    story.record(story.become("agent_unavailable", "ann"))
    return story


@plants("interaction_state")
def _offer_outlives_its_interaction() -> Story:
    story = offered()
    story.record(story.cancel("i"))
    return story


@plants("offer_left_open")
def _offer_outlives_the_skill() -> Story:
    story = offered()
    updated = {"type": "interaction_updated", "interaction_id": "i", "priority": 0}
    story.record(updated | {"requirements": [requirement()]})
    return story


@plants("offer_repeated")
def _offer_id_used_again() -> Story:
    story = offered()
    story.record(story.rescind("o"), story.offer("o", "i", "ann"), story.cancel("i"))
    return story


@plants("offer_unknown")
def _accepted_out_of_the_blue() -> Story:
    story = offered()
    story.record(story.accept("o") | {"offer_id": "x"})
    return story


@plants("offer_answered_twice")
def _accepted_twice() -> Story:
    story = assigned()
    story.record(story.accept("o"))
    return story


@plants("offer_answered_twice")
def _accepted_after_expiry() -> Story:
    story = offered().wait(19_000)
    story.record(*story.expire("o"))
    story.record(story.accept("o"))
    return story


@plants("offer_answered_late")
def _accepted_after_its_time() -> Story:
    story = offered().wait(19_001)
    story.record(story.accept("o", cause=f"{story.now_ms}-0"), consumed=1)
    return story


@plants("offer_answered_late")
def _declined_after_its_time() -> Story:
    story = offered().wait(19_001)
    story.record(story.decline("o") | {"cause": f"{story.now_ms}-0"}, consumed=1)
    return story


@plants("offer_refused_in_time")
def _expired_before_a_timely_accept_was_read() -> Story:
    story = offered().wait(19_000)
    refused = {"type": "rejected", "command": "accept", "code": "offer_over", "detail": "expired"}
    refused |= {"target": "o", "agent_id": "ann", "cause": f"{story.now_ms - 1_001}-0"}
    story.record(*story.expire("o"))
    story.wait(5).record(refused, consumed=1)
    return story


@plants("offer_not_yours")
def _accepted_by_another() -> Story:
    story = offered()
    story.record(story.accept("o") | {"agent_id": "bob"})
    return story


@plants("not_the_owner")
def _completed_by_another() -> Story:
    story = assigned()
    story.record(story.complete("i", "bob"))
    return story


@plants("not_the_owner")
def _wrapped_up_by_another() -> Story:
    story = assigned("voice")
    story.record(story.complete("i", "ann", 30_000))
    story.record(story.wrap_up("i", "ann", "agent") | {"agent_id": "bob"})
    return story


OVERFLOWING = POLICY | {
    "queues": {
        "general": {
            "overflow": [
                {"when": {"waiting_at_least": 5}, "queue": "billing"},
                {"when": {"waiting_at_least": 2}, "divert": "voicemail"},
            ]
        },
        "billing": {},
    }
}


def _diverted(target: str = "voicemail", **change: object) -> Story:
    story = Story(OVERFLOWING)
    story.record(story.create("first"), story.create("second"), consumed=2)
    diverted = {
        "type": "interaction_diverted",
        "interaction_id": "i",
        "target": target,
        "inbox": "overflow",
        "rule": "#2",
        "waited_ms": 0,
    }
    story.record(story.create("i", queue="general"), diverted | change, consumed=1)
    return story


@plants("overflow_wrong")
def _diverted_to_something_else() -> Story:
    return _diverted("the bin")


@plants("overflow_wrong")
def _diverted_by_another_rule() -> Story:
    return _diverted(rule="#1")


@plants("overflow_wrong")
def _diverted_to_another_inbox() -> Story:
    return _diverted(inbox="mine")


@plants("overflow_wrong")
def _passed_on_by_no_rule() -> Story:
    story = Story(OVERFLOWING)
    story.record(story.create("i", queue="general", overflowed=["billing"]), consumed=1)
    return story


@plants("waited")
def _wrong_wait_of_the_diverted() -> Story:
    return _diverted(waited_ms=7)


def noted(*texts: str, interaction_id: str = "i") -> Story:
    story = Story()
    cause = f"{BEGIN_MS}-1"
    note = {"type": "interaction_noted", "interaction_id": interaction_id, "cause": cause}
    story.record(story.create("i"), *(note | {"text": text} for text in texts), consumed=1)
    return story


@plants("note_wrong")
def _an_empty_note() -> Story:
    return noted("")


@plants("note_wrong")
def _one_note_more_than_are_kept() -> Story:
    return noted(*map(str, range(51)))


@plants("interaction_unknown")
def _a_note_about_nothing() -> Story:
    return noted("calls again", interaction_id="j")
