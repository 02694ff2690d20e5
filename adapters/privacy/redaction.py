"""One function that takes personal data out of whatever is told: events, work entries, commands.

It works on plain values, by the names of fields, so that it also reads what a later release writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgpack

from adapters.privacy.marks import Marks

__all__ = ("REDACTED", "redact", "redact_payload")

REDACTED: Final = "[personal]"
"""What stands in the place of a value."""

_OF_AGENTS: Final = "agent_"
"""Types of messages whose attributes and reasons are an agent's, not a customer's."""

_MACHINE_REASONS: Final = frozenset({"offer_rescinded", "policy_dropped", "intake_changed"})
"""Events whose reason is a word of the engine's."""

_TEXTS: Final = frozenset({"reason", "outcome", "detail"})
_OUTCOMES_OF_OFFERS: Final = "offer_over"
_NOTE: Final = frozenset({"text", "author"})


def redact(message: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    """A copy of an event, a work entry or a command without what is personal.

    Fields keep their names, so that it can still be seen that there was something.
    """
    kind = str(message.get("type", ""))
    of_agent = kind.startswith(_OF_AGENTS)
    told = dict(message)
    for name, value in message.items():
        if name == "attributes":
            told[name] = value if of_agent else _attributes(value, marks)
        elif name in {"requirements", "given"}:
            told[name] = _requirements(value, marks)
        elif name == "notes":
            told[name] = _notes(value, marks)
        elif name == "suspension" and isinstance(value, Mapping):
            told[name] = {k: _text(kind, k, v, marks) for k, v in value.items()}
        elif not of_agent:
            told[name] = _text(kind, name, value, marks)
    return told


def redact_payload(payload: bytes, marks: Marks) -> Any:
    """What could not be read as a command, as far as it may be shown: plain values, if it is a map
    in msgpack or JSON, else only how long it is where anything at all is personal."""
    for read in (json.loads, _unpacked):
        try:
            found = read(payload)
        except (ValueError, msgpack.exceptions.UnpackException, RecursionError):
            continue
        if isinstance(found, dict):
            return redact(found, marks)
    if marks == Marks():
        return payload.decode(errors="replace")
    return f"{REDACTED} {len(payload)} bytes"


def _unpacked(payload: bytes) -> Any:
    return msgpack.unpackb(payload, raw=False, strict_map_key=False, unicode_errors="replace")


def _text(kind: str, name: str, value: Any, marks: Marks) -> Any:
    """A field of its own: an identifier, a note, or what somebody has written."""
    if not value:
        return value
    if name == "customer_id":
        return REDACTED if marks.customer_id else value
    if name == "conversation_id":
        return REDACTED if marks.conversation_id else value
    if name in _NOTE:
        return REDACTED if marks.notes else value
    if name in _TEXTS and marks.texts and _is_written(kind, name):
        return REDACTED
    return value


def _is_written(kind: str, name: str) -> bool:
    """Whether a person has written it, or a refusal quotes a person."""
    if kind == _OUTCOMES_OF_OFFERS:
        return name == "reason"
    return kind not in _MACHINE_REASONS


def _attributes(value: Any, marks: Marks) -> Any:
    if not isinstance(value, Mapping):
        return REDACTED if value and marks.any_attribute else value
    return {k: REDACTED if marks.marks_attribute(k) else v for k, v in value.items()}


def _notes(value: Any, marks: Marks) -> Any:
    if not marks.notes or not isinstance(value, list | tuple):
        return value
    return [
        {k: REDACTED if k in _NOTE else v for k, v in note.items()}
        if isinstance(note, Mapping)
        else REDACTED
        for note in value
    ]


def _requirements(value: Any, marks: Marks) -> Any:
    """Requirements, however deep: the texts of expressions are what may be personal in them."""
    if not marks.requirements:
        return value
    if isinstance(value, Mapping):
        return {
            k: REDACTED if k == "expression" and v else _requirements(v, marks)
            for k, v in value.items()
        }
    if isinstance(value, list | tuple):
        return [_requirements(each, marks) for each in value]
    return value
