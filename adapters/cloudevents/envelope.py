"""Journal events in CloudEvents 1.0 envelopes (structured JSON)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec

from adapters.cloudevents.places import Place
from adapters.cloudevents.position import Position

__all__ = ("CONTENT_TYPE", "SPEC_VERSION", "Redact", "encoded", "envelope", "source_of",
           "subject_of", "type_of")  # fmt: skip

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/cloudevents+json"
VERSION: Final = "v1"
"""Of the data: fields are only ever added (docs/protocol.md), so it stands for all releases."""

Redact: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""What drops from an event the fields that its reader may not see; it gives a map of its own."""

_SUBJECTS: Final = (
    ("interaction_id", "interactions"),
    ("agent_id", "agents"),
    ("command", "commands"),
    ("queue", "queues"),
)
_POLICY: Final = frozenset({"policy_announced", "policy_dropped", "policy_replaced",
                            "reclassification_ended"})  # fmt: skip


def type_of(kind: str) -> str:
    """The CloudEvents type of an event of the journal."""
    return f"onequeue.{kind}.{VERSION}"


def source_of(tenant: str) -> str:
    """The CloudEvents source of a tenant's events."""
    return f"/onequeue/{tenant}"


def subject_of(event: Mapping[str, Any]) -> str:
    """What an event is about, as ``interactions/<id>``: that of which its lifecycle is."""
    for field, subject in _SUBJECTS:
        if found := event.get(field):
            return f"{subject}/{found}"
    return "policy" if event.get("type") in _POLICY else "tenant"


def envelope(
    tenant: str, position: Position, now_ms: int, event: Mapping[str, Any], place: Place
) -> dict[str, Any]:
    """The envelope of one event; ``now_ms`` is the time of its record.

    ``channel`` and ``queue`` (extension attributes) are those of the interaction that it is about,
    where they are known.
    """
    made: dict[str, Any] = {
        "specversion": SPEC_VERSION,
        "id": str(position),
        "source": source_of(tenant),
        "type": type_of(str(event.get("type", ""))),
        "subject": subject_of(event),
        "time": _moment(now_ms),
        "datacontenttype": "application/json",
    }
    if place.channel:
        made["channel"] = place.channel
    if place.queue:
        made["queue"] = place.queue
    made["data"] = event
    return made


def encoded(made: Mapping[str, Any]) -> bytes:
    """An envelope, or a list of them, as JSON in one line."""
    return _encoder.encode(made)


def _moment(now_ms: int) -> str:
    seconds, left_ms = divmod(now_ms, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{left_ms:03d}Z"


_encoder = msgspec.json.Encoder(enc_hook=str)
