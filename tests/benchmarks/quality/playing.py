from __future__ import annotations

from benchmarks.quality.center import Center, CenterAgent, CenterType, Floats
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.running import Effort, RowResult, replicated, result_of


def played(
    row: Row, calls: int, seed: int = 1, *, batches: int = 10, days: bool = False
) -> RowResult:
    """One replication of a row, in this process."""
    instance = Instance("", (), (row,), days=days)
    plan = Effort(calls, seed, replications=1, batches=batches).plan(instance)
    return result_of(row, plan, [replicated(row, plan, (seed, 0))])


def one_type(
    handle_min: Floats, *, rate: float, patience: float | None = None, places: int | None = None
) -> Center:
    """Calls that anybody may serve."""
    count = handle_min.shape[1]
    return Center(
        types=(CenterType("call", rate, patience_min=patience),),
        agents=tuple(CenterAgent(f"agent-{n:03}") for n in range(count)),
        handle_min=handle_min,
        places=places,
    )
