"""The verdict: what the clients know, held against what the journal says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.redis.stream_ids import StreamId
from benchmarks.chaos.ledger import Acknowledged, Ledger, Told
from benchmarks.chaos.outcomes import Outcomes
from benchmarks.chaos.server import Survivors

__all__ = ("Verdict", "judge")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; each finding says what and where."""

    acknowledged: int
    lost: tuple[str, ...]
    """Acknowledged commands without an outcome; assignments told of that are not journaled."""

    doubled: tuple[str, ...]
    """Commands with two outcomes, interactions with two ends or two owners."""

    lost_by_server: tuple[str, ...]
    """Acknowledged commands that the server no longer had when it came back."""


def judge(
    ledgers: Mapping[str, Ledger], outcomes: Outcomes, survivors: Sequence[Survivors]
) -> Verdict:
    """Judge a run that has come to rest, by the ledgers of its clients."""
    commands = [line for ledger in ledgers.values() for line in ledger.acknowledged]
    missing = [line for line in commands if line.entry_id not in outcomes.record_of]
    by_server = [line for line in missing if _lost_by_server(line, survivors)]
    by_router = [line for line in missing if line not in by_server]
    told = list(_told_once(ledgers))
    return Verdict(
        acknowledged=len(commands),
        lost=(*map(_of_command, by_router), *_not_journaled(told, outcomes)),
        doubled=(*outcomes.commands_doubled, *outcomes.interactions_doubled, *_owned_twice(told)),
        lost_by_server=tuple(map(_of_command, by_server)),
    )


def _lost_by_server(line: Acknowledged, survivors: Iterable[Survivors]) -> bool:
    return any(survivor.lacks(line.entry_id) for survivor in survivors)


def _of_command(line: Acknowledged) -> str:
    return f"command {line.entry_id}: {line.command} {line.subject} has no outcome"


def _told_once(ledgers: Mapping[str, Ledger]) -> Iterator[Told]:
    """Who was told to own or to leave what, in the order in which the server wrote it."""
    told = [
        (StreamId.parse(line.entry_id), client, line)
        for client, ledger in ledgers.items()
        for line in ledger.told
        if line.kind in {"assigned", "released"}
    ]
    yield from (line for _, _, line in sorted(told))


def _not_journaled(told: Iterable[Told], outcomes: Outcomes) -> Iterator[str]:
    for line in told:
        if line.kind != "assigned":
            continue
        if outcomes.accepted.get(line.offer_id) != (line.interaction_id, line.agent_id):
            yield (
                f"offer {line.offer_id}: {line.agent_id} was told to have {line.interaction_id}, "
                "and the journal does not know"
            )


def _owned_twice(told: Iterable[Told]) -> Iterator[str]:
    """Interactions that two agents were told to own at the same time.

    Entries of one millisecond in two work streams have no order: a release among them is taken as
    the first.
    """
    owners: dict[str, str] = {}
    for line in sorted(told, key=_releases_first):
        owner = owners.get(line.interaction_id)
        if line.kind == "released":
            if owner == line.agent_id:
                del owners[line.interaction_id]
        elif owner not in {None, line.agent_id}:
            yield (
                f"interaction {line.interaction_id}: {line.agent_id} was told to have it at "
                f"{line.entry_id}, while {owner} had it"
            )
        else:
            owners[line.interaction_id] = line.agent_id


def _releases_first(line: Told) -> tuple[int, bool]:
    return StreamId.parse(line.entry_id).major, line.kind != "released"
