"""Questions to the audit: who did what to what and when, and what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from adapters.audit.actions import fits
from adapters.audit.entry import Actor, AuditEntry, decode_entry
from adapters.audit.errors import AuditUnreadable
from adapters.audit.files import AuditFiles
from adapters.audit.stream import Added, AuditStream
from adapters.journal_text import unpacked
from adapters.redis.stream_ids import StreamId

__all__ = ("Found", "Looked", "Wanted", "look_back", "newest_first", "outcomes", "straight_changes")

UNDECIDED: Final = "not decided yet"
DONE: Final = "done"
POLICY_REPLACED: Final = b"policy_replaced"
END: Final = StreamId(2**64, 0)


class Wanted(NamedTuple):
    """What is asked for; an empty field asks for nothing. ``who`` is a subject or a key id,
    ``what`` an action (``policy.replace``) or its kind of thing (``policy``), ``target`` a resource
    or its id."""

    who: str = ""
    what: str = ""
    target: str = ""
    from_ms: int = 0
    to_ms: int = 0
    """Before this time; 0: until now."""

    def matches(self, at_ms: int, entry: AuditEntry) -> bool:
        """Whether an entry is asked for."""
        return (
            (not self.who or self.who in _names(entry.actor))
            and (not self.what or fits(entry.action, self.what))
            and (not self.target or self.target in {entry.resource, entry.resource_id})
            and at_ms >= self.from_ms
            and (not self.to_ms or at_ms < self.to_ms)
        )


class Found(NamedTuple):
    """An entry, when it was added, and the id of its command ("": there is none)."""

    id: str
    at_ms: int
    inbound: str
    entry: AuditEntry

    def to_builtins(self, outcome: str) -> dict[str, Any]:
        """Plain values, for JSON."""
        told = {"id": self.id, "at_ms": self.at_ms, "inbound": self.inbound}
        return told | self.entry.to_builtins() | {"outcome": outcome}


class Looked(NamedTuple):
    """What was found, newest first, and behind which entry there may be more ("": nowhere)."""

    found: list[Found]
    more_before: str


async def look_back(
    stream: AuditStream, wanted: Wanted, before: str, limit: int, looked_at_max: int
) -> Looked:
    """Up to ``limit`` of what is asked for, as :func:`newest_first`, of the stream alone: not more
    entries are looked at than that. What is found may be less, even nothing, though there is more
    before. Raises what reading raises."""
    found: list[Found] = []
    looked_at, oldest = 0, before
    while page := await stream.backward(oldest):
        for added in page:
            if added.at_ms < wanted.from_ms:
                return Looked(found, "")
            if looked_at == looked_at_max:
                return Looked(found, oldest)
            one = _fitting(added, wanted)
            if one is not None and len(found) == limit:
                return Looked(found, oldest)
            found += () if one is None else (one,)
            looked_at, oldest = looked_at + 1, added.id
    return Looked(found, "")


async def newest_first(
    stream: AuditStream | None, files: AuditFiles | None, wanted: Wanted, before: str = ""
) -> AsyncIterator[Found]:
    """What is asked for, newest first, from before an id ("": from the last on): of the stream,
    then of the files. Raises :class:`AuditUnreadable` and what reading raises."""
    oldest = before
    if stream is not None:
        while page := await stream.backward(oldest):
            for added in page:
                oldest = added.id
                if added.at_ms < wanted.from_ms:
                    return
                if (found := _fitting(added, wanted)) is not None:
                    yield found
    for found in _exported(files, oldest, wanted) if files is not None else ():
        yield found


def _exported(files: AuditFiles, before: str, wanted: Wanted) -> Iterator[Found]:
    bound = StreamId.parse(before) if before else None
    for line in files.backward():
        at = StreamId.parse(line.id)
        if at.major < wanted.from_ms:
            return
        if (bound is None or at < bound) and wanted.matches(at.major, line.entry):
            yield Found(line.id, at.major, line.inbound, line.entry)


def outcomes(
    found: Iterable[Found], backward: Callable[[], Iterator[tuple[str, bytes]]]
) -> dict[str, str]:
    """What became of commands, by the ids of their inbound entries: what the journal says, read
    backwards as far as it takes; "" where that does not go far enough back."""
    events: dict[str, list[dict[str, Any]]] = {one.inbound: [] for one in found if one.inbound}
    if not events:
        return {}
    oldest, reached, begun = min(map(StreamId.parse, events)), StreamId(0, 0), END
    for record_id, data in backward():
        record = unpacked(record_id, data)
        position = StreamId.parse(record["position"])
        reached, begun = max(reached, position), min(begun, position)
        for event in record["events"]:
            if event.get("cause") in events:
                events[event["cause"]].append(event)
        if position < oldest:
            break
    return {
        inbound: _outcome(caused, StreamId.parse(inbound), reached, begun)
        for inbound, caused in events.items()
    }


def straight_changes(
    entries: Iterable[tuple[str, bytes]], wanted: Wanted, known: Collection[str]
) -> Iterator[Found]:
    """Changes of the policy that came straight through inbound, newest first: the journal alone
    tells of them. ``entries`` are its records, newest first; ``known`` are the ids of commands that
    have an entry."""
    for record_id, data in entries:
        if POLICY_REPLACED not in data:
            continue
        record = unpacked(record_id, data)
        if record["now_ms"] < wanted.from_ms:
            return
        for event in record["events"]:
            if event["type"] == "policy_replaced" and event.get("cause", "") not in known:
                entry = _of_journal(event)
                if wanted.matches(record["now_ms"], entry):
                    yield Found(record_id, record["now_ms"], event.get("cause", ""), entry)


def _of_journal(event: dict[str, Any]) -> AuditEntry:
    return AuditEntry(
        actor=Actor(event.get("changed_by") or "unknown"),
        action="policy.replace",
        resource="policy",
        resource_id=str(event["version"]),
        outcome="done, straight through the stream",
        after={"comment": event["comment"]} if event.get("comment") else None,
    )


def _outcome(
    events: list[dict[str, Any]], inbound: StreamId, reached: StreamId, begun: StreamId
) -> str:
    kinds = {event["type"] for event in events}
    if inbound > reached:
        return UNDECIDED
    if not events and inbound <= begun:
        return ""
    for event in events:
        if event["type"] == "rejected":
            return f"refused: {event.get('code')}"
    if kinds == {"policy_announced"}:
        return "announced"
    return "was so already" if kinds == {"repeated"} else DONE


def _fitting(added: Added, wanted: Wanted) -> Found | None:
    entry = _entry(added.id, added.data)
    if entry is None or not wanted.matches(added.at_ms, entry):
        return None
    return Found(added.id, added.at_ms, added.inbound, entry)


def _entry(entry_id: str, data: bytes) -> AuditEntry | None:
    try:
        return decode_entry(entry_id, data)
    except AuditUnreadable:
        return None


def _names(actor: Actor) -> set[str]:
    """Whoever has done it, by whatever somebody may call them. Earlier releases have told the key
    in the subject alone."""
    return {actor.subject, actor.key_id, actor.subject.removeprefix("key:")}
