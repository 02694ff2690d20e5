"""The journal's bytes as plain values, checked against the tables of docs/protocol.md.

After :func:`read_record` has found nothing wrong with an event, its documented fields can be read
without a further look at their types; those with a default are filled in.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeAlias

import msgpack

__all__ = (
    "EVENT_FIELDS",
    "GENESIS",
    "NO_POSITION",
    "Event",
    "RecordFields",
    "Unreadable",
    "complete_event",
    "is_redacted",
    "read_record",
    "read_work_entry",
    "record_hash",
    "split_id",
)

Event: TypeAlias = dict[str, Any]

GENESIS: Final = bytes(8)
_REDACTED: Final = b"\xa8redacted\xc4\x10"
"""The first field of a record that personal data was erased from: 16 bytes of binary."""

NO_POSITION: Final = "0-0"

_Fields: TypeAlias = dict[str, tuple[type, Any]]
"""Name of a field to its type and default."""

_REQUIRED: Final = object()
_TEXT: Final = (str, _REQUIRED)
_NUMBER: Final = (int, _REQUIRED)
_OPTIONAL_TEXT: Final = (str, "")
_OFFER: Final[_Fields] = {"offer_id": _TEXT, "interaction_id": _TEXT, "agent_id": _TEXT}
_WORK: Final[_Fields] = {"interaction_id": _TEXT, "agent_id": _TEXT}
_AGENT: Final[_Fields] = {"agent_id": _TEXT, "reason": _OPTIONAL_TEXT}

EVENT_FIELDS: Final[dict[str, _Fields]] = {
    "leader_started": {"epoch": _NUMBER, "router_id": _TEXT, "release": _TEXT},
    "records_restored": {"first": _TEXT, "last": _TEXT, "count": _NUMBER, "entries": _NUMBER},
    "policy_announced": {
        "policy": (dict, _REQUIRED),
        "changed_by": _OPTIONAL_TEXT,
        "comment": _OPTIONAL_TEXT,
        "reclassify": (bool, False),
        "reply_to": (str, None),
        "reply_json": (bool, False),
        "command_id": _OPTIONAL_TEXT,
    },
    "policy_dropped": {"reason": _TEXT},
    "reclassification_ended": {"version": _NUMBER},
    "interaction_reclassified": {
        "interaction_id": _TEXT,
        "queue": _TEXT,
        "priority": _NUMBER,
        "requirements": (list, _REQUIRED),
        "classified_by": (list, ()),
        "label": _OPTIONAL_TEXT,
        "target_ms": (int, 0),
    },
    "policy_replaced": {
        "version": _NUMBER,
        "policy": (dict, _REQUIRED),
        "changed_by": _OPTIONAL_TEXT,
        "comment": _OPTIONAL_TEXT,
        "reclassify": (bool, False),
    },
    "groups_reviewed": {"queue": _TEXT, "opened": (list, ()), "closed": (list, ())},
    "intake_changed": {
        "open": (bool, _REQUIRED),
        "reason": _OPTIONAL_TEXT,
        "code": (str, "intake_closed"),
        "retry_after_ms": (int, 0),
    },
    "interaction_created": {
        "interaction_id": _TEXT,
        "channel": _TEXT,
        "queue": _TEXT,
        "created_ms": _NUMBER,
        "origin_ms": _NUMBER,
        "sequence": _NUMBER,
        "customer_id": _OPTIONAL_TEXT,
        "conversation_id": _OPTIONAL_TEXT,
        "priority": (int, 0),
        "requirements": (list, ()),
        "attributes": (dict, None),
        "preferred": (list, ()),
        "excluded_agents": (list, ()),
        "classified_by": (list, ()),
        "overflowed": (list, ()),
        "link": (dict, None),
        "given": (dict, None),
        "label": _OPTIONAL_TEXT,
        "target_ms": (int, 0),
        "producer": _OPTIONAL_TEXT,
        "history": (list, ()),
    },
    "interaction_updated": {
        "interaction_id": _TEXT,
        "priority": _NUMBER,
        "requirements": (list, _REQUIRED),
    },
    "requirements_expired": {"interaction_id": _TEXT, "requirements": (list, _REQUIRED)},
    "interaction_stepped": {
        "interaction_id": _TEXT,
        "step": _NUMBER,
        "requirements": (list, _REQUIRED),
        "priority": _NUMBER,
        "until_ms": (int, 0),
        "only_preferred": (bool, False),
        "name": _OPTIONAL_TEXT,
        "delayed": (bool, False),
        "continues": (bool, False),
        "inbox": _OPTIONAL_TEXT,
        "shut": (list, ()),
        "history_at_least_ppm": (int, 0),
    },
    "interaction_cancelled": {
        "interaction_id": _TEXT,
        "waited_ms": _NUMBER,
        "reason": _OPTIONAL_TEXT,
    },
    "interaction_diverted": {
        "interaction_id": _TEXT,
        "target": _TEXT,
        "inbox": _TEXT,
        "rule": _TEXT,
        "waited_ms": _NUMBER,
        "step": (int, 0),
        "attempts": (int, 0),
    },
    "interaction_moved": {
        "interaction_id": _TEXT,
        "queue": _TEXT,
        "step": _NUMBER,
        "name": _OPTIONAL_TEXT,
        "declines": (int, 0),
    },
    "interaction_requeued": {
        **_WORK,
        "reason": _OPTIONAL_TEXT,
        "excluded_until_ms": (int, 0),
        "history_ppm": (int, 0),
    },
    "attempt_failed": {
        "interaction_id": _TEXT,
        "attempt": _NUMBER,
        "agent_id": _OPTIONAL_TEXT,
        "reason": _OPTIONAL_TEXT,
    },
    "interaction_suspended": {
        "interaction_id": _TEXT,
        "until_ms": (int, 0),
        "inbox": _OPTIONAL_TEXT,
        "keeps_place": (bool, False),
        "reason": _OPTIONAL_TEXT,
        "asked_ms": (int, 0),
    },
    "interaction_due": {"interaction_id": _TEXT, "inbox": _TEXT},
    "interaction_resumed": {"interaction_id": _TEXT, "origin_ms": _NUMBER, "ended_by": _TEXT},
    "wait_estimated": {
        "interaction_id": _TEXT,
        "queue": _TEXT,
        "position": _NUMBER,
        "waiting": _NUMBER,
        "wait_ms": (int, -1),
        "wait_ms_low": (int, -1),
        "wait_ms_high": (int, -1),
        "version": _OPTIONAL_TEXT,
        "reply_to": _OPTIONAL_TEXT,
        "reply_json": (bool, False),
        "command_id": _OPTIONAL_TEXT,
    },
    "interaction_idled": {**_WORK},
    "interaction_waking": {**_WORK, "until_ms": _NUMBER},
    "interaction_woken": {**_WORK, "cost": _NUMBER},
    "interaction_noted": {"interaction_id": _TEXT, "text": _TEXT, "author": _OPTIONAL_TEXT},
    "offer_issued": {
        **_OFFER,
        "cost": _NUMBER,
        "expires_ms": _NUMBER,
        "decision": (dict, _REQUIRED),
        "over_capacity": (bool, False),
    },
    "offer_held": {**_OFFER, "expires_ms": _NUMBER},
    "offer_accepted": {**_OFFER, "waited_ms": _NUMBER},
    "offer_declined": {**_OFFER, "excluded_until_ms": _NUMBER, "reason": _OPTIONAL_TEXT},
    "offer_expired": {**_OFFER, "excluded_until_ms": _NUMBER},
    "offer_rescinded": {**_OFFER, "reason": _TEXT, "excluded_until_ms": (int, 0)},
    "exclusion_ended": {**_WORK},
    "interaction_completed": {
        **_WORK,
        "handled_ms": _NUMBER,
        "wrap_up_until_ms": _NUMBER,
        "outcome": _OPTIONAL_TEXT,
    },
    "interaction_wrap_up_extended": {**_WORK, "wrap_up_until_ms": _NUMBER},
    "interaction_wrapped_up": {**_WORK, "ended_by": _TEXT},
    "agent_logged_in": {
        "agent_id": _TEXT,
        "inbox": _TEXT,
        "capacity": _NUMBER,
        "encoding": (str, "msgpack"),
        "skills": (dict, None),
        "maximums": (dict, None),
        "share": (int, 1),
        "attributes": (dict, None),
        "inactive_skills": (dict, None),
        "closed_channels": (list, ()),
    },
    "agent_logged_out": _AGENT,
    "agent_available": _AGENT,
    "agent_unavailable": _AGENT,
    "agent_not_responding": {"agent_id": _TEXT, "offer_id": _TEXT},
    "agent_activity_changed": {"agent_id": _TEXT, "activity": _TEXT},
    "agent_skills_changed": {
        "agent_id": _TEXT,
        "skills": (dict, _REQUIRED),
        "inactive_skills": (dict, None),
    },
    "agent_channels_changed": {"agent_id": _TEXT, "closed_channels": (list, _REQUIRED)},
    "agent_attributes_changed": {"agent_id": _TEXT, "attributes": (dict, _REQUIRED)},
    "agent_capacity_changed": {
        "agent_id": _TEXT,
        "capacity": _NUMBER,
        "maximums": (dict, _REQUIRED),
        "share": (int, 1),
    },
    "scarcity_priced": {"sequence": _NUMBER, "prices_ppm": (dict, {})},
    "version_matched": {"command": _TEXT, "target": _TEXT, "version": _TEXT},
    "version_told": {
        "version": _TEXT,
        "state": _TEXT,
        "interaction_id": _OPTIONAL_TEXT,
        "agent_id": _OPTIONAL_TEXT,
        "reply_to": _OPTIONAL_TEXT,
        "reply_json": (bool, False),
        "command_id": _OPTIONAL_TEXT,
    },
    "rejected": {
        "command": _TEXT,
        "code": _TEXT,
        "detail": _TEXT,
        "field": _OPTIONAL_TEXT,
        "target": _OPTIONAL_TEXT,
        "command_id": _OPTIONAL_TEXT,
        "reply_to": _OPTIONAL_TEXT,
        "reply_json": (bool, False),
        "agent_id": _OPTIONAL_TEXT,
        "if_version": _OPTIONAL_TEXT,
        "version": _OPTIONAL_TEXT,
        "retry_after_ms": (int, 0),
    },
    "repeated": {"command": _TEXT, "target": _TEXT},
    "confirmed": {
        "command": _TEXT,
        "target": _TEXT,
        "reply_to": _TEXT,
        "reply_json": (bool, False),
        "command_id": _OPTIONAL_TEXT,
    },
}
"""Events by type: each field's type and default, as docs/protocol.md lists them."""

_RECORD_FIELDS: Final[_Fields] = {
    "v": _NUMBER,
    "now_ms": _NUMBER,
    "position": _TEXT,
    "consumed": _NUMBER,
    "prev": (bytes, _REQUIRED),
    "events": (list, _REQUIRED),
    "partial": (bool, False),
    "timers_upto_ms": (int, 0),
}


class Unreadable(ValueError):
    """Bytes or a value that are not what the protocol says; the message says what is wrong."""


class RecordFields(NamedTuple):
    """One record as it stands in the journal; the events' fields are not looked at yet."""

    v: int
    now_ms: int
    position: str
    consumed: int
    prev: bytes
    events: list[Any]
    partial: bool
    timers_upto_ms: int


def split_id(stream_id: str) -> tuple[int, int]:
    """A stream id as two numbers. Raises :class:`Unreadable`."""
    first, dash, second = stream_id.partition("-")
    if not (dash and first.isdecimal() and second.isdecimal()):
        message = f"{stream_id!r} is not a stream id (two numbers with a dash)"
        raise Unreadable(message)
    return int(first), int(second)


def record_hash(data: bytes) -> bytes:
    """What the next record must carry as ``prev``: of one from which personal data was erased, the
    hash that it tells."""
    if is_redacted(data):
        return data[len(_REDACTED) + 1 : len(_REDACTED) + 9]
    return blake2b(data, digest_size=8).digest()


def is_redacted(data: bytes) -> bool:
    """Whether personal data was erased from a record."""
    return data[1 : len(_REDACTED) + 1] == _REDACTED


def read_record(data: bytes) -> RecordFields:
    """A record from its bytes; unknown fields are passed over. Raises :class:`Unreadable`."""
    return RecordFields(**_fill(_unpack(data), _RECORD_FIELDS, "record"))


def complete_event(event: Any) -> Event:
    """Check an event against its table, fill in defaults in place. Raises :class:`Unreadable`."""
    if not isinstance(event, dict):
        raise Unreadable("an event is not a map")
    kind = event.get("type")
    fields = EVENT_FIELDS.get(kind) if isinstance(kind, str) else None
    if fields is None:
        message = f"there is no event of type {kind!r}"
        raise Unreadable(message)
    if type(event.setdefault("cause", "")) is not str:
        message = f"{kind}: field 'cause' is not a str"
        raise Unreadable(message)
    for name, (wanted, default) in fields.items():
        value = event.get(name)
        if value is None:
            if default is _REQUIRED:
                message = f"{kind} lacks its field {name!r}"
                raise Unreadable(message)
            event[name] = {} if wanted is dict else default
        elif type(value) is not wanted:
            message = f"{kind}: field {name!r} is a {type(value).__name__}, not a {wanted.__name__}"
            raise Unreadable(message)
    return event


def read_work_entry(fields: dict[bytes, bytes]) -> Event:
    """The map of a work entry (field ``m`` or ``j``). Raises :class:`Unreadable`."""
    if len(fields) != 1:
        raise Unreadable("a work entry must have exactly one field")
    [(name, payload)] = fields.items()
    if name == b"m":
        value = _unpack(payload)
    elif name == b"j":
        value = _parse_json(payload)
    else:
        message = f"a work entry has the field {name!r}, not 'm' or 'j'"
        raise Unreadable(message)
    if not isinstance(value.get("type"), str):
        raise Unreadable("a work entry has no type")
    return value


def _fill(value: dict[str, Any], fields: _Fields, what: str) -> dict[str, Any]:
    filled = {}
    for name, (wanted, default) in fields.items():
        found = value.get(name, default)
        if type(found) is not wanted:
            message = f"the {what} lacks its field {name!r}, or it is not a {wanted.__name__}"
            raise Unreadable(message)
        filled[name] = found
    return filled


def _unpack(data: bytes) -> dict[str, Any]:
    try:
        value = msgpack.unpackb(
            data, raw=False, strict_map_key=False, unicode_errors="surrogateescape"
        )
    except (ValueError, msgpack.UnpackException, TypeError, RecursionError) as error:
        message = f"not readable as msgpack: {error or type(error).__name__}"
        raise Unreadable(message) from None
    if not isinstance(value, dict):
        raise Unreadable("not a msgpack map")
    return value


def _parse_json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = f"not readable as JSON: {error}"
        raise Unreadable(message) from None
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value
