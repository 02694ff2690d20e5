"""What can be wrong with an archive.

::

    CallerError
    └── ArchiveUnusable      a directory that cannot be used: the message says what to do instead
    CorruptJournal
    └── ArchiveDamaged       a file that is not what was written (path, at)
    StoreError
    └── ReadBackError        a block that does not read as it was written, just now
"""

from __future__ import annotations

from pathlib import Path

from router.errors import CallerError, CorruptJournal, StoreError

__all__ = ("ArchiveDamaged", "ArchiveUnusable", "ReadBackError")


class ArchiveUnusable(CallerError):
    """A directory that is no archive of the tenant, or that another process writes to."""

    def __init__(self, directory: Path, problem: str, remedy: str) -> None:
        super().__init__(directory, problem, remedy)
        self.directory = directory
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"archive {self.directory}: {self.problem}; {self.remedy}"


class ArchiveDamaged(CorruptJournal):
    """A segment that is missing, or is not what was written. ``record_id`` is the last record
    before the damage ("": none is), ``at`` the offset in the file."""

    def __init__(self, path: Path, at: int, detail: str, record_id: str) -> None:
        super().__init__(record_id, detail)
        self.path = path
        self.at = at

    def __str__(self) -> str:
        good = f"good up to record {self.record_id}" if self.record_id else "nothing before it"
        return (
            f"archive segment {self.path}, byte {self.at}: {self.detail} ({good}); "
            "restore the file from a copy"
        )


class ReadBackError(StoreError):
    """A block that was written and synced, and reads otherwise."""

    def __init__(self, path: Path, at: int) -> None:
        super().__init__(path, at)
        self.path = path
        self.at = at

    def __str__(self) -> str:
        return f"{self.path}, byte {self.at}: what was written does not read back; check the disk"
