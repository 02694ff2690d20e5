"""What a chaos run is asked for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.chaos.faults import FaultKind

__all__ = ("AppendFsync", "Settings")

AppendFsync = Literal["always", "everysec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of the command, checked."""

    minutes: float
    seed: int
    load: float
    agents: int
    rate: float
    kinds: tuple[FaultKind, ...]
    server: Path
    appendfsync: AppendFsync

    @property
    def length_s(self) -> float:
        """How long the storm lasts."""
        return self.minutes * 60

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "server": self.server.name}
