"""What a run of the recovery benchmark is asked to do; all of it stands in the report."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.engine.options import Options

__all__ = ("RecoveryOptions",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryOptions:
    """The size of the floor in the snapshot, and the length of the journal that is replayed."""

    agents: int = 10_000
    waiting: int = 1_000_000
    classes: int = 1_000
    events: int = 500_000
    """Events of the journal at least; it begins with an empty floor."""

    replay_agents: int = 1_000
    replay_waiting: int = 20_000
    """The floor of that journal."""

    seed: int = 1

    def floor(self) -> Options:
        """The floor of which the snapshot is taken."""
        return Options(
            agents=self.agents, waiting=self.waiting, classes=self.classes, seed=self.seed
        )

    def journaled(self) -> Options:
        """The floor whose journal is replayed."""
        return Options(
            agents=min(self.agents, self.replay_agents),
            waiting=min(self.waiting, self.replay_waiting),
            classes=self.classes,
            seed=self.seed,
        )
