from __future__ import annotations

from benchmarks.quality.models.erlang import erlang_a
from benchmarks.quality.running import Effort, run_instance
from benchmarks.simulator.workers import workers


def test_replications_are_separate_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    effort = Effort(calls=800, seed=1, replications=2, batches=4)
    assert effort.plan.batch_calls == 100
    with workers(1) as pool:
        (result,) = run_instance(erlang_a(), effort, pool, lambda done, of: told.append((done, of)))
        (again,) = run_instance(erlang_a(), effort, pool, lambda _done, _of: None)
    assert told == [(1, 2), (2, 2)]
    assert result.measures == again.measures
    assert result.measures["service_level"].standard_error > 0


def test_an_effort_has_at_least_one_call_in_a_batch() -> None:
    assert Effort(calls=1, seed=1).plan.batch_calls == 1
