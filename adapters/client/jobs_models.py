"""What the API answers about previews and searches for weights, typed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = ("JobProgress", "Preset", "Preview", "Scenario", "Tuning")


class _Model(Struct, frozen=True, kw_only=True):
    pass


class JobProgress(_Model, frozen=True):
    """How far a job has come: ``done`` of so many in a stage (``of`` 0: it is not known)."""

    stage: str = ""
    done: int = 0
    of: int = 0


class _Job(_Model, frozen=True):
    id: str
    state: str
    name: str
    draft_id: str
    made_by: str
    made_ms: int
    began_ms: int
    ended_ms: int
    from_ms: int
    to_ms: int
    seed: int
    progress: JobProgress
    failure: str
    is_final: bool

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in {"waiting", "running"}


class Preview(_Job, frozen=True):
    """A policy tried on recorded traffic; ``policy`` and ``result`` are None in a list."""

    replications: int
    policy: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


class Tuning(_Job, frozen=True):
    """A search for weights; ``policy`` and ``result`` are None in a list."""

    objective: dict[str, Any]
    preset: str
    scenario: str
    knobs: tuple[str, ...]
    trials: int
    seconds: int
    replications: int
    fresh: int
    policy: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


class Scenario(_Model, frozen=True):
    """A made-up center that comes with OneQueue."""

    name: str
    description: str


class Preset(_Model, frozen=True):
    """An objective that comes with OneQueue."""

    name: str
    description: str
    objective: dict[str, Any]
