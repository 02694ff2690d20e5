"""How the processes of a run agree on when it begins and ends: small files in its directory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ("Rendezvous",)

POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Marks by name, each with one number; written once, in one step."""

    directory: Path

    def put(self, mark: str, value: int = 0) -> None:
        """Leave a mark."""
        being_written = self.directory / f"{mark}.new"
        being_written.write_text(str(value), encoding="ascii")
        being_written.rename(self.directory / f"{mark}.mark")

    def get(self, mark: str) -> int | None:
        """The number of a mark; None when nobody has left it."""
        try:
            return int((self.directory / f"{mark}.mark").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def wait(self, mark: str) -> int:
        """Wait for a mark; who waits is ended by who started it, so there is no limit here."""
        while (value := self.get(mark)) is None:
            time.sleep(POLL_S)
        return value
