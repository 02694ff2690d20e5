"""Faults of idle conversations: what wakes without room, is overtaken, or waits for too long."""

from __future__ import annotations

from typing import Any

from tests.adapters.verify.plants import assigned, plants
from tests.adapters.verify.story import BEGIN_MS, Story

CAUSE = f"{BEGIN_MS}-1"


def _chatting(*names: str, capacity: int = 100) -> Story:
    """Ann, who has been given some chats, whatever her room."""
    story = Story()
    story.record(*story.log_in("ann", capacity=capacity), consumed=1)
    for name in names:
        created = story.create(name)
        offer = story.offer(f"o-{name}", name, "ann", over_capacity=True, cause=CAUSE)
        told = dict.fromkeys(("logged_in", "candidates"), 0)
        offer["decision"] |= {"trigger": "assigned", "best": []} | told
        story.record(created, offer, story.accept(f"o-{name}"), consumed=1)
    return story.wait(1_000)


def _waking(*names: str) -> Story:
    """Chats at Ann that have woken one after the other, beside one that takes all of her room."""
    story = _chatting(*names, "busy", capacity=30)
    story.record(*(story.silence("idled", name, "ann") for name in names), consumed=1)
    until_ms = story.now_ms + 60_000
    woken = (story.silence("waking", name, "ann", until_ms=until_ms) for name in names)
    story.record(*woken, consumed=1)
    return story.wait(1_000)


def _done(story: Story) -> list[dict[str, Any]]:
    return [story.complete("busy", "ann"), story.wrap_up("busy", "ann")]


@plants("idle_wrong")
def _idle_where_capacity_is_kept() -> Story:
    story = assigned("voice")
    story.record(story.silence("idled", "i", "ann"), consumed=1)
    return story


@plants("idle_wrong")
def _woken_without_room() -> Story:
    story = _waking("i")
    story.record(story.silence("woken", "i", "ann", cost=30, cause=""))
    return story


@plants("idle_wrong")
def _woken_at_somebody_who_is_away() -> Story:
    story = _chatting("i")
    away = {"type": "agent_unavailable", "agent_id": "ann"}
    story.record(story.silence("idled", "i", "ann"), away, consumed=2)
    story.record(story.silence("woken", "i", "ann", cost=30), consumed=1)
    return story


@plants("claim_passed_over")
def _left_waiting_beside_room() -> Story:
    story = _waking("i")
    story.record(*_done(story), consumed=1)
    return story


@plants("claim_passed_over")
def _waiting_although_there_was_room() -> Story:
    story = _chatting("i", "j", capacity=30)
    story.record(*(story.silence("idled", name, "ann") for name in "ij"), consumed=1)
    until_ms = story.now_ms + 60_000
    waking = story.silence("waking", "i", "ann", until_ms=until_ms)
    story.record(waking, story.silence("woken", "i", "ann", cost=30, cause=""), consumed=1)
    return story


@plants("claim_passed_over")
def _overtaken() -> Story:
    story = _waking("i", "j")
    story.record(*_done(story), story.silence("woken", "j", "ann", cost=30, cause=""), consumed=1)
    return story


@plants("claim_passed_over")
def _given_up_beside_room() -> Story:
    story = _waking("i").wait(59_000)
    lost = story.requeue("i", "ann") | {"cause": ""}
    done = _done(story)
    story.agents["ann"]["used"] = 0
    story.record(*done, lost, story.offer("o", "i", "ann"), consumed=1)
    return story


@plants("capacity_cost")
def _woken_at_another_cost() -> Story:
    story = _chatting("i")
    story.record(story.silence("idled", "i", "ann"), consumed=1)
    story.record(story.silence("woken", "i", "ann", cost=1), consumed=1)
    return story


@plants("capacity_claimed")
def _offered_while_another_is_waking() -> Story:
    story = _waking("i")
    story.record(story.create("k", "letter"), story.offer("o", "k", "ann"), consumed=1)
    return story


@plants("wake_wrong")
def _waits_for_another_time_than_its_channel_says() -> Story:
    story = _chatting("i", "busy", capacity=30)
    story.record(story.silence("idled", "i", "ann"), consumed=1)
    story.record(story.silence("waking", "i", "ann", until_ms=story.now_ms + 1), consumed=1)
    return story


@plants("wake_wrong")
def _given_up_too_soon() -> Story:
    story = _waking("i").wait(58_999)
    story.record(story.requeue("i", "ann") | {"cause": ""})
    return story


@plants("timer_overdue")
def _waits_for_ever() -> Story:
    story = _waking("i").wait(70_000)
    for _ in range(4):
        story.wait(1_000).record()
    return story


@plants("command_missing")
def _idle_by_itself() -> Story:
    story = assigned()
    story.record(story.silence("idled", "i", "ann", cause=""))
    return story


@plants("command_missing")
def _requeued_by_nobody() -> Story:
    story = assigned()
    lost = story.requeue("i", "ann") | {"cause": "", "excluded_until_ms": story.now_ms + 1_000}
    story.record(lost)
    return story


@plants("wrap_up_wrong")
def _wrapped_up_without_capacity() -> Story:
    story = assigned("chat")
    story.record(story.silence("idled", "i", "ann"), consumed=1)
    story.record(story.complete("i", "ann", wrap_up_ms=30_000), consumed=1)
    return story


@plants("not_the_owner")
def _silent_for_somebody_else() -> Story:
    story = assigned()
    story.record(*story.log_in("bob"), consumed=1)
    story.record(story.silence("idled", "i", "bob"), consumed=1)
    return story
