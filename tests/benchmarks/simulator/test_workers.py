from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

CHILD = """
import os, time
from benchmarks.simulator.workers import workers
if __name__ == "__main__":
    with workers(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 3600).result()
"""


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
