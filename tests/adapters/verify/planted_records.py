"""Faults of the chain of records and of single events."""

from __future__ import annotations

import msgpack

from tests.adapters.verify.plants import at_work, plants
from tests.adapters.verify.story import POLICY, Story


@plants("record_malformed")
def _not_msgpack() -> Story:
    story = Story()
    story.records.append(("1-2", b"\xc1 nonsense"))
    return story


@plants("record_malformed")
def _no_events() -> Story:
    story = Story()
    record = msgpack.unpackb(story.records[1][1])
    del record["events"]
    story.records[1] = ("1-1", msgpack.packb(record))
    return story


@plants("event_malformed")
def _field_missing() -> Story:
    story = Story()
    story.record({"type": "interaction_cancelled", "waited_ms": 1})
    return story


@plants("event_malformed")
def _unknown_event() -> Story:
    story = Story()
    story.record({"type": "interaction_eaten"})
    return story


@plants("event_malformed")
def _wrong_type() -> Story:
    story = Story()
    story.record(story.create("i", priority="high"))
    return story


@plants("event_malformed")
def _senseless_policy() -> Story:
    story = Story()
    story.record({"type": "policy_replaced", "version": 2, "policy": {"channels": 7}})
    return story


@plants("record_format")
def _later_format() -> Story:
    story = Story()
    story.record(v=2)
    return story


@plants("record_id")
def _gap() -> Story:
    story = Story()
    story.record(id="1-7")
    return story


@plants("record_id")
def _epoch_goes_back() -> Story:
    story = Story()
    story.take_lead()
    story.record(id="1-2")
    return story


@plants("record_id")
def _beginning_lost() -> Story:
    story = Story()
    story.record()
    del story.records[0]
    return story


@plants("record_leader")
def _no_leader() -> Story:
    story = Story()
    story.record(id="2-0")
    return story


@plants("record_leader")
def _wrong_epoch() -> Story:
    story = Story()
    story.take_lead(epoch=5)
    return story


@plants("record_leader")
def _leader_within_an_epoch() -> Story:
    story = Story()
    story.record({"type": "leader_started", "epoch": 1, "router_id": "r", "release": "0"})
    return story


@plants("record_chain")
def _forged() -> Story:
    story = Story()
    story.record(prev=b"01234567")
    return story


@plants("record_time")
def _time_goes_back() -> Story:
    story = Story()
    story.wait(-1).record()
    return story


@plants("record_position")
def _position_goes_back() -> Story:
    story = at_work("ann")
    story.record(position="0-0")
    return story


@plants("record_position")
def _consumed_without_moving() -> Story:
    story = at_work("ann")
    story.consumed -= 1
    story.record(consumed=1)
    return story


@plants("record_limit")
def _too_many_commands() -> Story:
    story = Story()
    story.record(consumed=257)
    return story


@plants("policy_version")
def _version_skipped() -> Story:
    story = Story()
    story.record({"type": "policy_replaced", "version": 3, "policy": POLICY})
    return story


@plants("policy_announced")
def _another_than_was_announced() -> Story:
    story = Story()
    story.record({"type": "policy_announced", "policy": POLICY | {"capacity": 7}})
    story.record({"type": "policy_replaced", "version": 2, "policy": POLICY})
    return story


@plants("policy_announced")
def _announced_twice() -> Story:
    story = Story()
    story.record({"type": "policy_announced", "policy": POLICY})
    story.record({"type": "policy_announced", "policy": POLICY})
    return story


@plants("policy_announced")
def _dropped_without_having_been_announced() -> Story:
    story = Story()
    story.record({"type": "policy_dropped", "reason": "why not"})
    return story


@plants("reclassification")
def _classified_anew_by_nobody() -> Story:
    story = Story()
    anew = {"type": "interaction_reclassified", "interaction_id": "i", "queue": "general"}
    story.record(story.create("i"), anew | {"priority": 0, "requirements": []}, consumed=1)
    return story


@plants("reclassification")
def _an_end_without_a_beginning() -> Story:
    story = Story()
    story.record({"type": "reclassification_ended", "version": 1})
    return story
