"""Faults of work streams against the journal."""

from __future__ import annotations

from tests.adapters.verify.plants import offered, plants
from tests.adapters.verify.story import BEGIN_MS, Event, Story


def _offer_entry(story: Story, **change: object) -> Event:
    return {
        "offer_id": "o",
        "interaction_id": "i",
        "agent_id": "ann",
        "channel": "chat",
        "queue": "general",
        "expires_ms": story.offers["o"]["expires_ms"],
        "history_ppm": 0,
        "waited_ms": 0,
    } | change


def sent(inbox: str = "desk", **change: object) -> Story:
    story = offered()
    story.work(inbox, "offer", **_offer_entry(story, **change))
    return story


@plants("work_malformed")
def _garbage_in_an_inbox() -> Story:
    story = sent()
    story.entries.append(("desk", "9-9", {b"m": b"\xc1"}))
    return story


@plants("work_malformed")
def _entry_without_its_offer() -> Story:
    story = sent()
    story.work("desk", "assigned", interaction_id="i", agent_id="ann")
    return story


@plants("work_unjournaled")
def _visible_before_the_journal() -> Story:
    story = sent()
    story.work("desk", "offer", **_offer_entry(story, offer_id="p"))
    return story


@plants("work_unjournaled")
def _assigned_before_the_journal() -> Story:
    story = sent()
    ids = {"offer_id": "o", "interaction_id": "i", "agent_id": "ann"}
    story.work("desk", "assigned", **ids)
    return story


@plants("work_unjournaled")
def _released_before_the_journal() -> Story:
    story = sent()
    story.work("desk", "released", interaction_id="i", agent_id="ann", reason="requeued")
    return story


@plants("work_unjournaled")
def _due_before_the_journal() -> Story:
    story = sent()
    story.work("dialer", "due", interaction_id="i")
    return story


@plants("work_missing")
def _nobody_was_told() -> Story:
    story = Story()
    suspended = {"type": "interaction_suspended", "interaction_id": "i", "cause": f"{BEGIN_MS}-1"}
    terms = {"until_ms": story.now_ms + 1_000, "inbox": "desk"}
    story.record(story.create("i"), suspended | terms, consumed=1)
    story.wait(1_000)
    story.record({"type": "interaction_due", "interaction_id": "i", "inbox": "desk"})
    return story


@plants("work_mismatch")
def _offer_of_another_agent() -> Story:
    return sent(agent_id="bob")


@plants("work_mismatch")
def _offer_with_another_expiry() -> Story:
    return sent(expires_ms=1)


@plants("work_mismatch")
def _another_outcome() -> Story:
    story = sent()
    story.record(story.decline("o"), consumed=1)
    over = {"offer_id": "o", "interaction_id": "i", "agent_id": "ann", "outcome": "expired"}
    story.work("desk", "offer_over", **over, reason="")
    return story


@plants("work_inbox")
def _to_another_gateway() -> Story:
    return sent("other")


@plants("work_repeated")
def _sent_twice() -> Story:
    story = sent()
    story.work("desk", "offer", **_offer_entry(story))
    return story


@plants("work_missing")
def _offer_not_delivered() -> Story:
    story = sent()
    story.entries.clear()
    return story


@plants("work_missing")
def _acceptance_not_confirmed() -> Story:
    story = sent()
    story.record(story.accept("o"), consumed=1)
    return story


@plants("work_missing")
def _release_not_told() -> Story:
    story = sent()
    story.record(story.accept("o"), consumed=1)
    ids = {"offer_id": "o", "interaction_id": "i", "agent_id": "ann"}
    story.work("desk", "assigned", **ids)
    story.record(story.complete("i", "ann"), story.wrap_up("i", "ann"), consumed=1)
    return story
