from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.quality.models.erlang import erlang_a
from benchmarks.quality.running import Effort, run_instance, workers

ROOT = Path(__file__).parents[3]

CHILD = """
import os, time
from benchmarks.quality.running import workers
if __name__ == "__main__":
    with workers(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 3600).result()
"""


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


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfd_open (Linux)")
def test_workers_do_not_outlive_who_started_them(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    with child:
        assert child.stdout is not None
        worker = os.pidfd_open(int(child.stdout.readline()))
        child.send_signal(signal.SIGKILL)

    ready, _, _ = select.select([worker], [], [], 30)
    os.close(worker)
    assert ready
