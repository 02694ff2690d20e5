"""The folder alone, as it would be copied into another program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import adapters.client

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import their_queue
assert their_queue.OneQueue and all(hasattr(their_queue, name) for name in their_queue.__all__)
ours = {"adapters", "router", "scoring", "queues", "benchmarks"}
assert not ours & {name.partition(".")[0] for name in sys.modules}
"""


def test_it_imports_nothing_of_ours(tmp_path: Path) -> None:
    folder = Path(adapters.client.__file__).parent
    shutil.copytree(folder, tmp_path / "their_queue", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-I", "-c", PROGRAM, str(tmp_path)], check=True, timeout=30)
