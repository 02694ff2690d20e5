"""The judge: after the storm, holds the journal against all that the witness has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from adapters.redis.keys import Keys
from adapters.verify import Checker, Retained
from router.events import InteractionCreated, LeaderStarted
from tests.simulation.store.keyspace import Keyspace
from tests.simulation.witness import Seen, Witness

__all__ = ("judged",)


def judged(
    witness: Witness, keyspace: Keyspace, keys: Keys, *, clock_went_back: bool, has_lost: bool
) -> list[str]:
    """What must not be, in words; nothing if all is well.

    ``clock_went_back``: an answer may bear the id of a time that was over when it arrived.
    ``has_lost``: the server has lost some of what it had answered, and a router that lived through
    that may have written its records again, but not the commands that they tell of.
    """
    excused = {"offer_refused_in_time"} if clock_went_back else set()
    findings = [*witness.findings, *_audited(witness, excused)]
    if has_lost:
        return findings
    return [
        *findings,
        *_consumed(witness),
        *_answered(witness),
        *_created(witness),
        *_moved_once(witness),
        *_epoch_kept(witness, keyspace, keys),
    ]


def _audited(witness: Witness, excused: set[str]) -> Iterator[str]:
    """What ``onequeue verify`` finds."""
    last = witness.journal[-1].record_id if witness.journal else "0-0"
    inboxes = {inbox for inbox, _ in witness.work}
    # the model has trimmed no work stream yet
    checker = Checker(retained=Retained(last, dict.fromkeys(inboxes, 0), 0))
    for inbox, seen in witness.work:
        checker.work_entry(inbox, seen.entry_id, seen.fields)
    for journaled in witness.journal:
        checker.record(journaled.record_id, journaled.data)
    for violation in checker.finish().violations:
        if violation.code not in excused:
            yield f"verify: {violation}"


def _consumed(witness: Witness) -> Iterator[str]:
    """The records consume all that was ever added to inbound: each entry once, in order."""
    consumed, position = 0, "0-0"
    inbound = witness.inbound
    for journaled in witness.journal:
        record = journaled.record
        consumed += record.consumed
        if record.consumed:
            position = record.position
        if consumed > len(inbound):
            yield f"record {journaled.record_id} consumes more than there is"
            return
        expected = inbound[consumed - 1].entry_id if consumed else "0-0"
        if (position, record.position) != (expected, position):
            yield (
                f"record {journaled.record_id} is at {record.position} with {consumed} entries "
                f"consumed, and entry {consumed} is {expected}"
            )
            return
    if consumed < len(inbound):
        yield f"{len(inbound) - consumed} commands are not consumed, from {position} on"


def _answered(witness: Witness) -> Iterator[str]:
    """Every command has an outcome, in one record."""
    records: dict[str, set[str]] = {}
    for journaled in witness.journal:
        for event in journaled.record.events:
            if event.cause:
                records.setdefault(event.cause, set()).add(journaled.record_id)
    for seen in witness.inbound:
        found = records.get(seen.entry_id, set())
        if len(found) != 1 and seen.command()["type"] not in {"replace_policy", "inquire"}:
            yield f"command {seen.entry_id} {seen.command()} has {len(found)} outcomes"


def _created(witness: Witness) -> Iterator[str]:
    """Whoever got in touch is known once, however often they said so."""
    asked = {each["interaction_id"] for each in _commands(witness.inbound, "create")}
    created = Counter(
        event.interaction_id
        for journaled in witness.journal
        for event in journaled.record.events
        if isinstance(event, InteractionCreated)
    )
    if created != dict.fromkeys(asked, 1):
        yield f"asked for {sorted(asked)}, created {sorted(created.items())}"


def _moved_once(witness: Witness) -> Iterator[str]:
    """What was added to the edge's stream is in inbound once."""
    added = {seen.command()["command_id"] for seen in witness.edge}
    inbound = (seen.command().get("command_id") for seen in witness.inbound)
    moved = Counter(ident for ident in inbound if ident in added)
    for ident in sorted(added):
        if moved[ident] != 1:
            yield f"the edge has moved {ident} {moved[ident]} times"


def _epoch_kept(witness: Witness, keyspace: Keyspace, keys: Keys) -> Iterator[str]:
    """The key that outlives a journal knows the last epoch."""
    epochs = [
        event.epoch
        for journaled in witness.journal
        for event in journaled.record.events
        if isinstance(event, LeaderStarted)
    ]
    kept = keyspace.value(keys.began.encode())
    if epochs and kept != b"%d" % epochs[-1]:
        yield f"the last epoch is {epochs[-1]}, and {keys.began} says {kept!r}"


def _commands(seen: list[Seen], kind: str) -> Iterator[dict[str, Any]]:
    for each in seen:
        command = each.command()
        if command["type"] == kind:
            yield command
