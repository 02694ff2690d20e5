"""Durations: how many, how long on the average, at least, at most, and together."""

from __future__ import annotations

__all__ = ("Durations",)


class Durations:
    """Times that something has taken (ms)."""

    __slots__ = ("count", "max_ms", "min_ms", "total_ms")

    def __init__(self) -> None:
        self.count = self.total_ms = self.min_ms = self.max_ms = 0

    def add(self, ms: int) -> None:
        """One more."""
        self.min_ms = min(self.min_ms, ms) if self.count else ms
        self.max_ms = max(self.max_ms, ms)
        self.count += 1
        self.total_ms += ms

    def as_json(self, name: str) -> dict[str, float | None]:
        """In seconds, under names that begin with this one; None where there were none."""
        is_any = bool(self.count)
        return {
            f"{name}_mean_s": self.total_ms / self.count / 1_000 if is_any else None,
            f"{name}_min_s": self.min_ms / 1_000 if is_any else None,
            f"{name}_max_s": self.max_ms / 1_000 if is_any else None,
            f"{name}_total_s": self.total_ms / 1_000,
        }
