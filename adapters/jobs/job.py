"""A job: what was asked by whom, and how it stands."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

__all__ = (
    "ENDED",
    "ID_PATTERN",
    "KEPT_MS",
    "LOST_AFTER_MS",
    "Asked",
    "Job",
    "JobKind",
    "JobState",
    "Progress",
    "Standing",
    "new_job_id",
)

KEPT_MS: Final = 7 * 86_400_000
"""How long a job is kept after it was last heard of."""

LOST_AFTER_MS: Final = 30_000
"""A process that has said nothing of its job for so long is taken for dead."""

ID_PATTERN: Final = r"^job_[0-9a-f]{20}$"


class JobKind(StrEnum):
    """What a job does; also the command that does it."""

    PREVIEW = "preview"
    TUNING = "tune"


class JobState(StrEnum):
    """How a job stands. ``lost``: the process that had it has died."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


ENDED: Final = frozenset(JobState) - {JobState.WAITING, JobState.RUNNING}


class Progress(Struct, frozen=True):
    """How far a job has come: ``done`` of so many (``of`` 0: it is not known) in a stage."""

    stage: str = ""
    done: int = 0
    of: int = 0


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked, by whom, when; ``terms`` are small: documents stand apart."""

    id: str
    kind: JobKind
    by: str
    made_ms: int
    terms: dict[str, Any]


class Standing(Struct, frozen=True, kw_only=True):
    """How a job stands (times in ms since 1970, 0: not yet), as its process last said at
    ``beat_ms``."""

    state: JobState = JobState.WAITING
    progress: Progress = Progress()
    began_ms: int = 0
    ended_ms: int = 0
    beat_ms: int = 0
    failure: str = ""
    is_final: bool = False

    def seen(self, now_ms: int) -> Standing:
        """The same, lost where nothing was heard of it for too long."""
        if self.state in ENDED or now_ms - self.beat_ms <= LOST_AFTER_MS:
            return self
        failure = "the process that had it has died: ask again"
        return replace(self, state=JobState.LOST, ended_ms=self.beat_ms, failure=failure)


class Job(Struct, frozen=True, kw_only=True):
    """A job as it is told. Of a list, ``documents`` and ``result`` are None."""

    asked: Asked
    standing: Standing
    documents: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


def new_job_id() -> str:
    """An id that nobody else has."""
    return f"job_{secrets.token_hex(10)}"
