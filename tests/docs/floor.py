"""What the pages and examples of the API run against."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.served import Served

__all__ = ("EXAMPLES", "Floor")

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


class Floor:
    """The API with its pages, and the keys that the examples need."""

    def __init__(self, api: Served) -> None:
        self.url = api.url
        self.admin = api.key("admin")
        self.supervisor = api.key("supervisor")
        self.anna = api.key("agent", "anna")

    def run(self, *command: str | Path, key: str, cwd: Path = ROOT) -> str:
        """What a program prints."""
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=cwd,
            env={
                **os.environ,
                "ONEQUEUE_URL": self.url,
                "ONEQUEUE_KEY": key,
                "PYTHONPATH": str(ROOT),
            },
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
