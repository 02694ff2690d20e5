"""A customer in a history: what is theirs, what of it is open, and what of it shall be erased."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgpack
import redis
from msgspec import structs

from adapters.audit import AuditEntry
from adapters.audit.appending import append_audited
from adapters.history import History
from adapters.privacy.in_force import marks_in_force
from adapters.privacy.ledger import Ledger
from adapters.privacy.subject import Finder, Subject
from adapters.redis.keys import Keys

__all__ = ("cancel_waiting", "found_in", "subject_in")

CANCEL_WAIT_S: Final = 15.0
BLOCK_MS: Final = 500


def found_in(history: History, customer_id: str) -> Finder:
    """What is theirs. Looked for twice where conversations were theirs, which may have begun before
    they were named. Raises :class:`CorruptJournal` and what reading a history raises."""
    found = _gone_through(history, Finder(customer_id))
    if found.conversations:
        return _gone_through(history, Finder(customer_id, found.conversations))
    return found


def subject_in(history: History, found: Finder, customer_id: str, archive: Path | None) -> Subject:
    """What shall be erased by the policy in force, or by the plan of an erasure that was
    interrupted, with what that was about."""
    planned = Ledger(archive).plan_of(customer_id) if archive is not None else None
    if planned is not None:
        names = dict.fromkeys([*planned.interactions, *found.interactions])
        places = dict.fromkeys([*planned.conversations, *found.conversations])
        return replace(planned, interactions=list(names), conversations=list(places))
    marks = marks_in_force(history)
    return Subject(
        customer_id=customer_id,
        interactions=found.interactions,
        attributes=sorted(marks.attributes) or None,
        requirements=marks.requirements,
        conversations=list(found.conversations),
    )


def cancel_waiting(
    client: redis.Redis, history: History, names: list[str], entry: AuditEntry
) -> None:
    """Cancel interactions, and wait until that is decided, or for a while. ``entry`` says
    for the audit who does it. Raises redis' own errors."""
    for name in names:
        command = msgpack.packb({"type": "cancel", "interaction_id": name, "reason": "forgotten"})
        told = structs.replace(
            entry,
            action="interaction.cancel",
            resource="interaction",
            resource_id=name,
            after={"reason": "forgotten"},
        ).to_bytes()
        client.execute_command(*append_audited(Keys(history.tenant), "m", command, told))  # type: ignore[no-untyped-call]  # not annotated
    left, position = set(names), history.last
    give_up_s = time.monotonic() + CANCEL_WAIT_S
    while left and time.monotonic() < give_up_s:
        for record_id, data in history.follow(position, BLOCK_MS):
            position = record_id
            left -= _answered(data)


def _answered(data: bytes) -> set[str]:
    """The interactions that a record cancels, or refuses to cancel."""
    events = msgpack.unpackb(data, strict_map_key=False, unicode_errors="replace")["events"]
    return {
        event.get("target") if event["type"] == "rejected" else event.get("interaction_id")
        for event in events
        if event["type"] == "interaction_cancelled" or event.get("command") == "cancel"
    }


def _gone_through(history: History, finder: Finder) -> Finder:
    for record_id, data in history.records():
        finder.take_in(record_id, data)
    return finder
