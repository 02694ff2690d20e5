"""What is left of records, work entries and audit entries when a customer's data is erased.

Pure, and the same for the same input: the journal and its archive must hold the same bytes of a
record, wherever it is rewritten first.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgpack

from adapters.audit.entry import decode_entry
from adapters.privacy.subject import Subject
from router.record import redacted_record

__all__ = ("ERASED", "erase_audit", "erase_message", "erase_record")

ERASED: Final = "[erased]"
ERASED_FIELD: Final = "erased"
"""In an event: the names of the attributes (and other fields) that it has lost."""

NOTHING_ASKED: Final = "true"
"""In place of an expression: it can still be read, and is met by everybody."""

_REQUIREMENTS: Final = ("requirements", "given")
_MACHINE_REASONS: Final = frozenset({"offer_rescinded", "released"})
_OPTIONAL_TEXTS: Final = ("reason", "outcome", "author")
_IDENTIFIERS: Final = ("customer_id", "conversation_id")


def erase_record(data: bytes, subject: Subject) -> bytes:
    """The record without the customer's data; the very same bytes, where it holds none."""
    if not subject.is_in(data):
        return data
    record = _unpack(data)
    events = [_erase_event(event, subject) for event in record["events"]]
    if events == record["events"]:
        return data
    return redacted_record(record | {"events": events}, data, _pack)


def erase_message(data: bytes, subject: Subject, *, is_json: bool) -> bytes:
    """A work entry without the customer's data; the very same bytes, where it holds none."""
    if not subject.is_in(data):
        return data
    message = json.loads(data) if is_json else _unpack(data)
    if not isinstance(message, dict):
        return data
    left = _erase_event(message, subject)
    left.pop(ERASED_FIELD, None)
    if left == message:
        return data
    if is_json:
        return json.dumps(left, ensure_ascii=False, separators=(",", ":")).encode()
    return _pack(left)


def erase_audit(entry_id: str, data: bytes, subject: Subject) -> bytes:
    """An audit entry without before and after, where the customer is in them. Raises
    :class:`AuditUnreadable`."""
    if not subject.is_in(data):
        return data
    entry = decode_entry(entry_id, data)
    return data if entry.erased else entry.without_content().to_bytes()


def _erase_event(event: dict[str, Any], subject: Subject) -> dict[str, Any]:
    if not isinstance(event, dict) or not subject.owns(event):
        return event
    left = event | {name: "" for name in _IDENTIFIERS if name in event}
    gone = set(event.get(ERASED_FIELD, ()))
    if isinstance(event.get("attributes"), dict):
        left["attributes"] = kept = _kept(event["attributes"], subject)
        gone |= {str(name) for name in event["attributes"] if name not in kept}
    if subject.requirements:
        left |= {name: _vague(event[name]) for name in _REQUIREMENTS if name in event}
        gone |= {name for name in _REQUIREMENTS if left.get(name) != event.get(name)}
    if gone:
        left[ERASED_FIELD] = sorted(gone)
    if "text" in event:
        left["text"] = ERASED
    if "notes" in event:
        left["notes"] = []
    if event.get("detail"):
        left["detail"] = ERASED
    for name in _OPTIONAL_TEXTS:
        if event.get(name) and not _is_of_machine(event, name):
            left[name] = ""
    return left


def _is_of_machine(event: dict[str, Any], name: str) -> bool:
    """Whether a word is the engine's, by which others tell what happened."""
    if event.get("type") == "offer_over":
        return name == "outcome" or event.get("outcome") != "declined"
    return event.get("type") in _MACHINE_REASONS


def _vague(requirements: Any) -> Any:
    """Requirements, however deep, whose expressions say nothing any more."""
    if isinstance(requirements, dict):
        return {
            name: NOTHING_ASKED if name == "expression" and value else _vague(value)
            for name, value in requirements.items()
        }
    return (
        [_vague(each) for each in requirements] if isinstance(requirements, list) else requirements
    )


def _kept(attributes: dict[Any, Any], subject: Subject) -> dict[Any, Any]:
    if subject.attributes is None:
        return {}
    personal = set(subject.attributes)
    return {name: value for name, value in attributes.items() if name not in personal}


def _unpack(data: bytes) -> Any:
    return msgpack.unpackb(
        data, raw=False, strict_map_key=False, unicode_errors="surrogateescape", use_list=True
    )


def _pack(value: dict[str, Any]) -> bytes:
    packed: bytes = msgpack.packb(value, unicode_errors="surrogateescape")
    return packed
