"""Everything that a run leaves behind, read once nothing runs any more but the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.faults import Fault, FaultKind
from benchmarks.chaos.ledger import Ledger, read_ledger
from benchmarks.chaos.outcomes import Outcomes
from benchmarks.chaos.pauses import blame, timeline_of
from benchmarks.chaos.routers import Routers
from benchmarks.chaos.scenario import TENANT
from benchmarks.chaos.server import Server
from benchmarks.chaos.verdict import Verdict, judge
from benchmarks.demo.report import Verdict as Checked
from benchmarks.demo.store import server_name
from benchmarks.demo.verdict import judge as check
from benchmarks.floor.journal_reader import read_journal

__all__ = ("Evidence", "gather")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a run."""

    server: str
    faults: Sequence[Fault]
    blamed: Sequence[tuple[Fault, int]]
    """Faults with the longest pause that each has made, in milliseconds."""

    longest_pause_ms: int
    verdict: Verdict
    checked: Checked
    """What `onequeue verify` says of the journal and the work streams."""

    offers: int
    left_open: int
    router_failures: Sequence[str]
    takeovers: int
    fenced: int


async def gather(
    server: Server, routers: Routers, ledgers: Path, faults: Sequence[Fault], left_open: int
) -> Evidence:
    """Read ledgers and journal, have the journal checked, and judge."""
    known = _read_all(ledgers)
    outcomes = Outcomes()
    async for record in read_journal(server.client, TENANT):
        outcomes.feed(record)
    everything = sorted([*faults, *_by_clients(known)], key=lambda fault: fault.begin_ms)
    timeline = timeline_of(known.values())
    return Evidence(
        server=await server_name(server.client),
        faults=everything,
        blamed=blame(everything, timeline),
        longest_pause_ms=timeline.longest_ms,
        verdict=judge(known, outcomes, server.survivors),
        checked=await check(server.url, TENANT),
        offers=outcomes.offers,
        left_open=left_open,
        router_failures=tuple(routers.failures),
        takeovers=outcomes.leaders - 1,
        fenced=routers.fenced,
    )


def _read_all(directory: Path) -> dict[str, Ledger]:
    return {path.name: read_ledger(path) for path in sorted(directory.iterdir())}


def _by_clients(ledgers: Mapping[str, Ledger]) -> Iterator[Fault]:
    for ledger in ledgers.values():
        for line in ledger.acknowledged:
            if line.again:
                yield Fault(FaultKind.CLIENT_DUPLICATE, line.due_ms, line.due_ms)
