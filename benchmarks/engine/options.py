"""What a run of the engine benchmark is asked to do; all of it stands in the report."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Options",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Size, mix and length of one run. Shares lie in [0, 1]."""

    agents: int = 10_000
    waiting: int = 1_000_000
    """Interactions that wait and that somebody may serve; with ``free_agents``, that nobody may."""

    classes: int = 1_000
    """Different (channel, queue, requirements)."""

    seconds: float = 10.0
    """Time of the engine, measured; the generator's own time is not counted."""

    decisions: int | None = None
    """Stop after so many decisions instead: equal work on every machine."""

    seed: int = 1
    batch: int = 1
    """Commands in one record."""

    free_agents: float = 0.0
    """Share of the agents who have nothing in hand; the queue then holds what nobody can serve."""

    unservable: int = 0
    """Interactions that nobody may serve, older than everything else that waits."""

    new_classes_per_second: int = 0
    """Arrivals with a demand never seen before, in a second of the virtual clock."""

    policy_change: bool = False
    """Whether a new policy comes in the midst of it."""

    away_s: int = 0
    """For how long nothing happens in the midst of it, as if the router was down: steps of all that
    waits come due meanwhile."""

    commands_per_second: int = 20_000
    """The pace of the virtual clock."""

    skill_changes: float = 0.01
    hang_ups: float = 0.06
    updates: float = 0.01
    breaks: float = 0.01
    """Shares of the commands that are not answers to offers; the rest is arrivals and releases."""

    freeze: bool = True
    """Whether the collector is used as by a router: the loaded is frozen, the young swept."""

    baselines: bool = True
    """Whether to measure the scan and the replay without choices too."""

    scan_seconds: float = 5.0
