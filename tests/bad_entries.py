"""Bad entries of the inbound stream: one for each way to be wrong, with the answer it must get."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

import msgspec

from tests.policies import POLICY

__all__ = (
    "ALL",
    "NOT_READABLE",
    "ON_THE_FLOOR",
    "UNKNOWN_TYPE",
    "VALID",
    "Bad",
    "RawEntry",
    "create",
    "in_json",
    "login",
    "packed",
    "raw",
)

ONE_MIB = 1024 * 1024

RawEntry = dict[bytes, bytes]


def packed(**command: Any) -> RawEntry:
    return {b"m": msgspec.msgpack.encode(command)}


def in_json(**command: Any) -> RawEntry:
    return {b"j": json.dumps(command).encode()}


def raw(field: bytes, payload: bytes) -> RawEntry:
    return {field: payload}


def create(**more: Any) -> RawEntry:
    return packed(**{"type": "create", "interaction_id": "new", "channel": "voice"} | more)


def login(**more: Any) -> RawEntry:
    return packed(**{"type": "agent_login", "agent_id": "new", "inbox": "desk"} | more)


def requirement(**more: Any) -> RawEntry:
    return create(requirements=[{"skill": "french"} | more])


def fact(**more: Any) -> RawEntry:
    return create(history=[{"agent_id": "ann", "kind": "owner"} | more])


def policy(**more: Any) -> RawEntry:
    return packed(type="replace_policy", policy=POLICY | more)


def on_offer(kind: str, offer_id: str, agent_id: str) -> RawEntry:
    return packed(type=kind, offer_id=offer_id, agent_id=agent_id)


def on_work(kind: str, interaction_id: str, agent_id: str) -> RawEntry:
    return packed(type=kind, interaction_id=interaction_id, agent_id=agent_id)


def nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


class Bad(NamedTuple):
    """One bad entry, the code that it must be refused with, and the field that must be named."""

    code: str
    name: str
    entry: RawEntry
    field: str | None = None


VALID = create(attributes={"a": [1, 2, {"b": "c"}]}, customer_id="c")[b"m"]
DEEP_MSGPACK = b"\x82\xa4type\xa6create\xaaattributes" + b"\x91" * 100_000 + b"\x90"

NOT_READABLE = [
    Bad("malformed", "no field", {}),
    Bad("malformed", "two fields", {b"m": VALID, b"j": b"{}"}),
    Bad("malformed", "another field", raw(b"x", VALID)),
    Bad("malformed", "a field beside", {b"m": VALID, b"x": b""}),
    Bad("malformed", "empty", raw(b"m", b"")),
    Bad("malformed", "random bytes", raw(b"m", bytes(range(255, 0, -1)))),
    Bad("malformed", "reserved msgpack byte", raw(b"m", b"\xc1")),
    Bad("malformed", "cut short", raw(b"m", VALID[:-3])),
    Bad("malformed", "bytes after the map", raw(b"m", VALID + b"\x00")),
    Bad("malformed", "a number", raw(b"m", b"\x07")),
    Bad("malformed", "nothing but nil", raw(b"m", b"\xc0")),
    Bad("malformed", "a list", raw(b"m", b"\x91\x80")),
    Bad("malformed", "a list in JSON", raw(b"j", b"[{}]")),
    Bad("malformed", "a string in JSON", raw(b"j", b'"create"')),
    Bad("malformed", "JSON in the msgpack field", raw(b"m", b'{"type": "create"}')),
    Bad("malformed", "msgpack in the JSON field", raw(b"j", VALID)),
    Bad("malformed", "not UTF-8", raw(b"j", b'{"type": "cre\xffate"}')),
    Bad("malformed", "half a surrogate", raw(b"j", b'{"type": "\\ud800"}')),
    Bad("malformed", "NaN in JSON", raw(b"j", b'{"type": "create", "priority": NaN}')),
    Bad("malformed", "a key twice as long as memory", raw(b"m", b"\xdf\xff\xff\xff\xff")),
    Bad(
        "malformed",
        "number of 100 digits",
        raw(b"j", b'{"type": "cancel", "x": ' + b"9" * 100 + b"}"),
    ),
    Bad("malformed", "deep JSON", raw(b"j", b"[" * 100_000)),
    Bad("malformed", "deep msgpack", raw(b"m", DEEP_MSGPACK)),
]

TOO_LARGE = [
    Bad("too_large", "10 MB", raw(b"m", b"\x00" * 10 * ONE_MIB)),
    Bad("too_large", "10 MB of JSON", raw(b"j", b" " * 10 * ONE_MIB)),
    Bad("too_large", "one byte over", raw(b"m", VALID.ljust(256 * 1024 + 1, b"\xc0"))),
    Bad("too_large", "large attributes", create(attributes={"x": "y" * 65_536}), "attributes"),
    Bad("too_large", "deep attributes", create(attributes={"x": nested(32)}), "attributes"),
    Bad(
        "too_large",
        "deep attributes in JSON",
        in_json(type="create", interaction_id="n", channel="voice", attributes={"x": nested(40)}),
        "attributes",
    ),
]

UNKNOWN_TYPE = [
    Bad("unknown_type", "no such command", packed(type="creat", interaction_id="x"), "type"),
    Bad("unknown_type", "no type", packed(interaction_id="x"), "type"),
    Bad("unknown_type", "no type, in JSON", in_json(interaction_id="x"), "type"),
    Bad("unknown_type", "the router's own", packed(type="set_intake", open=False), "type"),
    Bad("unknown_type", "an event", packed(type="offer_accepted", offer_id="x"), "type"),
    Bad("unknown_type", "a number as type", packed(type=7), "type"),
]

INVALID = [
    Bad("invalid", "missing field", packed(type="create", channel="voice"), "interaction_id"),
    Bad("invalid", "unknown field", create(colour="blue"), "colour"),
    Bad("invalid", "misspelled field", create(prioritty=1), "prioritty"),
    Bad("invalid", "wrong type", create(interaction_id=7), "interaction_id"),
    Bad("invalid", "null", create(interaction_id=None), "interaction_id"),
    Bad("invalid", "empty id", create(interaction_id=""), "interaction_id"),
    Bad("invalid", "long id", create(interaction_id="x" * 129), "interaction_id"),
    Bad("invalid", "line break in an id", create(interaction_id="a\nb"), "interaction_id"),
    Bad(
        "invalid", "id with a line break at its end", create(interaction_id="a\n"), "interaction_id"
    ),
    Bad("invalid", "NUL in an id", create(interaction_id="a\0"), "interaction_id"),
    Bad("invalid", "negative priority", create(priority=-1), "priority"),
    Bad("invalid", "absurd priority", create(priority=2**63), "priority"),
    Bad("invalid", "broken priority", create(priority=1.5), "priority"),
    Bad("invalid", "NaN as priority", create(priority=math.nan), "priority"),
    Bad("invalid", "true as priority", create(priority=True), "priority"),
    Bad(
        "invalid",
        "priority in words",
        in_json(type="create", interaction_id="n", channel="voice", priority="1"),
        "priority",
    ),
    Bad("invalid", "negative origin", create(origin_ms=-1), "origin_ms"),
    Bad("invalid", "origin in the future", create(origin_ms=2**53), "origin_ms"),
    Bad("invalid", "origin long ago", create(origin_ms=0), "origin_ms"),
    Bad("invalid", "attributes that are a list", create(attributes=[1]), "attributes"),
    Bad("invalid", "attributes with number keys", create(attributes={1: 2}), "attributes"),
    Bad(
        "invalid",
        "33 requirements",
        create(requirements=[{"skill": "french"}] * 33),
        "requirements",
    ),
    Bad(
        "invalid", "21 facts", create(history=[{"agent_id": "a", "kind": "owner"}] * 21), "history"
    ),
    Bad("invalid", "101 exclusions", create(excluded_agents=["a"] * 101), "excluded_agents"),
    Bad(
        "invalid",
        "requirement without skill",
        create(requirements=[{"level": 1}]),
        "requirements[0].skill",
    ),
    Bad("invalid", "unknown operator", requirement(op="~"), "requirements[0].op"),
    Bad("invalid", "level above 100", requirement(level=101), "requirements[0].level"),
    Bad("invalid", "weight of 0", requirement(weight=0), "requirements[0].weight"),
    Bad("invalid", "field of a requirement", requirement(colour=1), "requirements[0].colour"),
    Bad(
        "invalid",
        "range upside down",
        requirement(op="between", level=3, level_max=2),
        "requirements[0].level_max",
    ),
    Bad(
        "invalid",
        "range without between",
        requirement(level=1, level_max=2),
        "requirements[0].level_max",
    ),
    Bad("invalid", "NaN score", fact(score=math.nan), "history[0].score"),
    Bad("invalid", "endless score", fact(score=math.inf), "history[0].score"),
    Bad("invalid", "score above 1", fact(score=1.01), "history[0].score"),
    Bad("invalid", "negative score", fact(score=-0.1), "history[0].score"),
    Bad("invalid", "unknown kind of fact", fact(kind="friend"), "history[0].kind"),
    Bad("invalid", "negative time of a fact", fact(at_ms=-1), "history[0].at_ms"),
    Bad("invalid", "empty update", packed(type="update", interaction_id="waiting")),
    Bad("invalid", "inbox with a space", login(inbox="my desk"), "inbox"),
    Bad("invalid", "inbox with a line break", login(inbox="desk\n"), "inbox"),
    Bad("invalid", "capacity of 0", login(capacity=0), "capacity"),
    Bad("invalid", "absurd capacity", login(capacity=10**9), "capacity"),
    Bad("invalid", "share of 0", login(share=0), "share"),
    Bad("invalid", "absurd share", login(share=101), "share"),
    Bad("invalid", "negative level", login(skills={"french": -1}), "skills[...]"),
    Bad("invalid", "level above the scale", login(skills={"french": 6}), "skills.french"),
    Bad("invalid", "negative maximum", login(maximums={"voice": -1}), "maximums[...]"),
    Bad("invalid", "unknown encoding", login(encoding="xml"), "encoding"),
    Bad(
        "invalid",
        "unknown state",
        packed(type="agent_state", agent_id="ann", state="busy"),
        "state",
    ),
    Bad(
        "invalid",
        "negative retry",
        packed(type="decline", offer_id="1", agent_id="a", retry_s=-1),
        "retry_s",
    ),
    Bad(
        "invalid",
        "absurd retry",
        packed(type="decline", offer_id="1", agent_id="a", retry_s=10**10),
        "retry_s",
    ),
    Bad("invalid", "policy that is a list", packed(type="replace_policy", policy=[]), "policy"),
    Bad("invalid", "reply to nowhere", create(reply_to="no such place!"), "reply_to"),
]

ON_THE_FLOOR = [
    Bad("unknown_channel", "create", create(channel="telex"), "channel"),
    Bad("unknown_label", "create", create(label="complaint"), "label"),
    Bad("unknown_channel", "maximums", login(maximums={"telex": 1}), "maximums"),
    Bad("unknown_queue", "create", create(queue="nowhere"), "queue"),
    Bad(
        "unknown_skill", "requirement", create(requirements=[{"skill": "juggling"}]), "requirements"
    ),
    Bad("unknown_skill", "login", login(skills={"juggling": 1}), "skills"),
    Bad(
        "unknown_skill",
        "update",
        packed(type="update", interaction_id="waiting", requirements=[{"skill": "juggling"}]),
        "requirements",
    ),
    Bad(
        "unknown_agent",
        "state",
        packed(type="agent_state", agent_id="nobody", state="available"),
        "agent_id",
    ),
    Bad("unknown_agent", "logout", packed(type="agent_logout", agent_id="nobody"), "agent_id"),
    Bad(
        "unknown_agent",
        "skills",
        packed(type="agent_skills", agent_id="nobody", skills={}),
        "agent_id",
    ),
    Bad("unknown_agent", "capacity", packed(type="agent_capacity", agent_id="nobody"), "agent_id"),
    Bad(
        "unknown_interaction",
        "cancel",
        packed(type="cancel", interaction_id="none"),
        "interaction_id",
    ),
    Bad(
        "unknown_interaction",
        "update",
        packed(type="update", interaction_id="none", priority=1),
        "interaction_id",
    ),
    Bad("unknown_interaction", "complete", on_work("complete", "none", "ann"), "interaction_id"),
    Bad("unknown_offer", "accept", on_offer("accept", "none", "ann"), "offer_id"),
    Bad("unknown_offer", "decline", on_offer("decline", "none", "ann"), "offer_id"),
    Bad("finished", "cancel", packed(type="cancel", interaction_id="done")),
    Bad("finished", "update", packed(type="update", interaction_id="gone", priority=1)),
    Bad("finished", "requeue", packed(type="requeue", interaction_id="done")),
    Bad("finished", "complete", on_work("complete", "gone", "ann")),
    Bad("wrong_state", "cancel of a conversation", packed(type="cancel", interaction_id="talking")),
    Bad("wrong_state", "requeue of what waits", packed(type="requeue", interaction_id="waiting")),
    Bad("wrong_state", "complete of what waits", on_work("complete", "waiting", "ann")),
    Bad("wrong_state", "wrap-up of a conversation", on_work("end_wrap_up", "talking", "ann")),
    Bad("wrong_state", "logged out", packed(type="agent_state", agent_id="eve", state="available")),
    Bad("not_yours", "accept", on_offer("accept", "<ringing>", "ann")),
    Bad("not_yours", "accept of a stranger", on_offer("accept", "<ringing>", "nobody")),
    Bad("not_yours", "decline", on_offer("decline", "<ringing>", "ann")),
    Bad("not_yours", "complete", on_work("complete", "talking", "Bob")),
    Bad("offer_over", "late accept", on_offer("accept", "<declined>", "Bob"), "offer_id"),
    Bad("offer_over", "decline after accept", on_offer("decline", "<accepted>", "ann"), "offer_id"),
    Bad("policy_invalid", "empty", packed(type="replace_policy", policy={}), "policy.channels"),
    Bad("policy_invalid", "unknown field", policy(colour="blue"), "policy.colour"),
    Bad(
        "policy_invalid",
        "unknown strategy",
        policy(queues={"general": {"strategy": "fairest"}}),
        "policy.queues.general.strategy",
    ),
    Bad(
        "policy_invalid",
        "attributes without the strategy",
        policy(queues={"general": {"order_by": [{"attribute": "tier"}]}}),
        "policy.queues.general",
    ),
    Bad(
        "policy_invalid",
        "unknown order",
        policy(queues={"general": {"order": "fifo"}}),
        "policy.queues.general.order",
    ),
    Bad(
        "policy_invalid",
        "no ageing",
        policy(queues={"general": {"order": "ageing", "ageing_points_per_minute": 0}}),
        "policy.queues.general.ageing_points_per_minute",
    ),
    Bad(
        "policy_invalid",
        "no place to default to",
        policy(default_queue="x"),
        "policy.default_queue",
    ),
    Bad(
        "policy_invalid",
        "endless weight",
        policy(urgency={"weight": math.inf}),
        "policy.urgency.weight",
    ),
    Bad("policy_invalid", "NaN", policy(idle_half_s=math.nan), "policy.idle_half_s"),
    Bad("policy_invalid", "deep", policy(name=nested(400)), "policy.name"),
    Bad("policy_invalid", "negative time", policy(decline_retry_s=-1), "policy.decline_retry_s"),
    Bad(
        "policy_conflict",
        "channel in use",
        policy(channels={"chat": {}}, queues={"general": {}}),
        "policy",
    ),
    Bad("policy_conflict", "queue in use", policy(queues={"general": {}}), "policy"),
    Bad("policy_conflict", "skill in use", policy(skills={}), "policy"),
]

ALL = NOT_READABLE + TOO_LARGE + UNKNOWN_TYPE + INVALID + ON_THE_FLOOR
