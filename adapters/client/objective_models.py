"""What the API answers about objectives, typed."""

from __future__ import annotations

from msgspec import Struct

from .models import PolicyVersion

__all__ = ("Objective", "ObjectivesReport", "Trend")


class _Model(Struct, frozen=True, kw_only=True):
    pass


class Trend(_Model, frozen=True):
    """One interval: the measure in it, None where there was nothing to measure."""

    from_ms: int
    to_ms: int
    value: float | None


class Objective(_Model, frozen=True):
    """A goal, its target, and what came out; ``wants_more``: at least the target is wanted."""

    name: str
    description: str
    owner: str
    measure: str
    queue: str | None
    channel: str | None
    target: float
    wants_more: bool
    result: float | None
    is_met: bool | None
    trend: tuple[Trend, ...]
    within_s: int | None = None


class ObjectivesReport(_Model, frozen=True):
    """All goals over one period, and the versions of the policy that came into force in it."""

    from_ms: int
    to_ms: int
    interval_s: int
    zone: str
    objectives: tuple[Objective, ...]
    policy_changes: tuple[PolicyVersion, ...]
