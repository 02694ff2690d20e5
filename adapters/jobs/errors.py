"""What can be wrong with a job.

OneQueueError
├── CallerError
│   ├── UnknownJob   there is none, or it is no longer kept
│   └── TooManyJobs  as many of the tenant's wait or run as may
├── LineFull         too many of all tenants wait
└── JobFailed        its process came to nothing
"""

from __future__ import annotations

from router.errors import CallerError, OneQueueError

__all__ = ("JobFailed", "LineFull", "TooManyJobs", "UnknownJob")


class UnknownJob(CallerError):
    """There is no such job, or it is no longer kept."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"there is no job {self.job_id!r}; they are kept for seven days"


class TooManyJobs(CallerError):
    """As many of this tenant's wait or run as may."""

    def __init__(self, unended_max: int) -> None:
        super().__init__(unended_max)
        self.unended_max = unended_max

    def __str__(self) -> str:
        return f"{self.unended_max} of yours wait or run: cancel one, or wait until one has ended"


class LineFull(OneQueueError):
    """Too many of all tenants wait in this process."""

    def __init__(self, waiting_max: int) -> None:
        super().__init__(waiting_max)
        self.waiting_max = waiting_max

    def __str__(self) -> str:
        return f"{self.waiting_max} jobs wait or run here: try again later"


class JobFailed(OneQueueError):
    """The process of a job came to nothing; ``reason`` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
