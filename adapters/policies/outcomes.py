"""What became of a policy that was sent: in force, refused, or still on its way."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from adapters.history import History
from adapters.journal_text import events_of
from adapters.redis.journal_stream import record_of
from adapters.redis.stream_ids import StreamId

__all__ = ("ALREADY_SO", "PolicyOutcome", "outcome_of")


class PolicyOutcome(NamedTuple):
    """``version`` is the one that it has become; 0: none, as it was refused (``code`` says why) or,
    without a code, as the very same was in force already."""

    version: int
    code: str = ""
    detail: str = ""


ALREADY_SO: Final = PolicyOutcome(0)
TRIMMED: Final = PolicyOutcome(
    0, "history_trimmed", "the journal does not tell any more what became of it"
)


def outcome_of(history: History, entry_id: str) -> PolicyOutcome | None:
    """What became of the ``replace_policy`` with this id in the inbound stream; None: it has not
    been decided."""
    wanted = StreamId.parse(entry_id)
    is_announced = is_passed = False
    for record_id, data in history.backward():
        found = _said(record_id, data, entry_id)
        if isinstance(found, PolicyOutcome):
            return found
        is_announced = is_announced or found
        if StreamId.parse(record_of(record_id, data).position) < wanted:
            return ALREADY_SO if is_passed and not is_announced else None
        is_passed = True
    return TRIMMED if is_passed and not is_announced else None


def _said(record_id: str, data: bytes, entry_id: str) -> PolicyOutcome | bool:
    """What a record says of it; True: that it was announced."""
    if entry_id.encode() not in data:
        return False
    caused = [event for event in events_of(record_id, data) if event.get("cause") == entry_id]
    for event in caused:
        outcome = _outcome(event)
        if outcome is not None:
            return outcome
    return any(event["type"] == "policy_announced" for event in caused)


def _outcome(event: dict[str, Any]) -> PolicyOutcome | None:
    if event["type"] == "policy_replaced":
        return PolicyOutcome(event["version"])
    if event["type"] == "rejected":
        return PolicyOutcome(0, event["code"], event.get("detail", ""))
    return None
