"""Lateness that counts, of facts that were made by hand."""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks.surge.facts import FactKind
from tests.benchmarks.surge.plans import MS, S, facts, here, plan, run_of


def test_lateness_counts_from_the_warm_up_until_all_hang_up() -> None:
    noted = facts(*here(1), (FactKind.HUNG_UP, 0, 0, 9 * S))
    late_ms = {1: 40, 5: 2, 8: 3, 9: 70}
    deeds = [
        (FactKind.COMPLETED, n, 0, due_s * S, due_s * S + late * MS)
        for n, (due_s, late) in enumerate(late_ms.items())
    ]
    run = run_of(plan([n * S for n in range(4)]), noted)
    run = dataclasses.replace(
        run,
        agents=np.concatenate((run.agents, np.array(deeds, dtype=np.int64))),
        counts_from_ns=5 * S,
    )
    assert (run.deed_lag_ns // MS).tolist() == [2, 3]


def test_without_a_hanging_up_everything_counts() -> None:
    run = run_of(plan([0]), facts(*here(1)))
    deed = np.array([(FactKind.ACCEPTED, 0, 0, S, S + MS)], dtype=np.int64)
    run = dataclasses.replace(run, agents=np.concatenate((run.agents, deed)))
    assert (run.deed_lag_ns // MS).tolist() == [1]
