"""What the pages of long work have in common: previews, and searches for weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Path

from adapters.client.jobs_models import Tuning
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission
from adapters.jobs.job import ID_PATTERN

__all__ = ("EVERY_S", "Asking", "JobId", "Viewing", "point_of")

Viewing = Annotated[Visit, Depends(visiting(Permission.POLICY_READ))]
Asking = Annotated[Visit, Depends(visiting(Permission.POLICY_PREVIEW))]
JobId = Annotated[str, Path(pattern=ID_PATTERN)]

EVERY_S: Final = 2
"""How often a page looks again while work goes on."""


def point_of(job: Tuning, name: str) -> Mapping[str, Any] | None:
    """A point of a search by its name."""
    frontier = (job.result or {}).get("frontier", [])
    return next((point for point in frontier if point["name"] == name), None)
