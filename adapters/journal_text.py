"""Journal records as plain values and as lines that a person can read.

Decodes msgpack without the event classes, so that records of a later release can be read too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgpack

from router.errors import CorruptJournal

__all__ = ("EventMap", "event_line", "events_of", "mentions", "unpacked")

EventMap: TypeAlias = dict[str, Any]

IDS: Final = ("interaction_id", "offer_id", "agent_id", "customer_id", "target", "command_id")
SHORT: Final = {"interaction_id": "interaction", "offer_id": "offer", "agent_id": "agent"}
LAST: Final = ("decision", "policy", "attributes", "text")
"""Fields that are told in words, that are too long for a line, or that may be personal data."""


def unpacked(record_id: str, data: bytes) -> EventMap:
    """One record as plain values. Raises :class:`CorruptJournal`."""
    try:
        record = msgpack.unpackb(data, raw=False, strict_map_key=False, unicode_errors="replace")
    except (ValueError, msgpack.exceptions.UnpackException) as error:
        raise CorruptJournal(record_id, f"not msgpack: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("events"), list):
        raise CorruptJournal(record_id, "not a map with a list of events")
    return record


def events_of(record_id: str, data: bytes) -> Iterator[EventMap]:
    """The events of a record, each with ``id`` (of the record), ``index`` and ``now_ms`` before its
    own fields. Raises :class:`CorruptJournal`."""
    record = unpacked(record_id, data)
    for index, event in enumerate(record["events"]):
        yield {"id": record_id, "index": index, "now_ms": record.get("now_ms", 0), **event}


def mentions(event: EventMap, wanted: str) -> bool:
    """Whether a field of the event is ``wanted``: an interaction, an agent, an offer, a type."""
    return any(value == wanted for value in event.values() if isinstance(value, str))


def event_line(event: EventMap) -> str:
    """One event in one line: time, record, what happened, to whom, and why."""
    kind = str(event.get("type", "?"))
    head = f"{_clock(event.get('now_ms', 0))}  {event['id']:>8}  {kind:<24}"
    shown = {"id", "index", "now_ms", "type", "cause", *LAST}
    fields = [f"{SHORT.get(k, k)}={_value(event[k])}" for k in IDS if event.get(k)]
    fields += [f"{k}={_value(v)}" for k, v in event.items() if k not in shown and k not in IDS]
    if isinstance(event.get("attributes"), dict) and event["attributes"]:
        fields.append(f"attributes={{{', '.join(map(str, event['attributes']))}}}")
    if isinstance(event.get("text"), str):
        fields.append(f"text={len(event['text'])} characters")
    if isinstance(event.get("policy"), dict):
        fields.append(f"policy={event['policy'].get('name', 'policy')}")
    if isinstance(event.get("decision"), dict):
        fields.append(_decision(event["decision"]))
    return f"{head} {' '.join(fields)}".rstrip()


def _clock(now_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(now_ms / 1_000, UTC)
    except (OverflowError, ValueError, OSError):
        return str(now_ms)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{now_ms % 1_000:03d}Z"


def _value(value: object) -> str:
    text = str(value)
    if not text.isprintable() or " " in text or not text:
        text = repr(text)
    return text if len(text) <= 120 else text[:119] + "…"


def _decision(decision: EventMap) -> str:
    best = decision.get("best") or [["?", 0, 0, 0, 0, 0]]
    agent, score, *terms = best[0]
    named = zip(("skill", "history", "load", "idle"), terms, strict=False)
    words = [
        f"why: {agent} scores {_share(score)} ({', '.join(f'{n} {_share(t)}' for n, t in named)})",
        f"best of {decision.get('candidates', 0)}",
    ]
    removed = [
        f"{decision[field]} {told}"
        for field, told in _REMOVED.items()
        if isinstance(decision.get(field), int) and decision[field]
    ]
    if removed:
        words.append(f"of {decision.get('logged_in', 0)} logged in {', '.join(removed)}")
    if len(best) > 1:
        words.append(f"next {best[1][0]} {_share(best[1][1])}")
    if decision.get("tie_break"):
        words.append(f"tie: {str(decision['tie_break']).replace('_', ' ')}")
    words.append(f"urgency {_share(decision.get('urgency_ppm', 0))}")
    words.append(f"policy {decision.get('policy_version', '?')}")
    return "; ".join(words)


_REMOVED: Final = {
    "not_available": "not available",
    "no_capacity": "at capacity",
    "lacking_skill": "lacking skill",
    "excluded": "excluded",
}


def _share(ppm: object) -> str:
    return f"{ppm / 1_000_000:.2f}" if isinstance(ppm, int) else str(ppm)
