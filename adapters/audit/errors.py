"""What can be wrong with an audit.

::

    CallerError
    └── AuditUnusable        a directory that cannot be used: the message says what to do instead
    StoreError
    └── AuditUnreadable      an entry of the stream that is none
        └── AuditDamaged     an exported file that is not what was written (path, line)
"""

from __future__ import annotations

from pathlib import Path

from router.errors import CallerError, StoreError

__all__ = ("AuditDamaged", "AuditUnreadable", "AuditUnusable")


class AuditUnusable(CallerError):
    """A directory that holds no audit of the tenant, or that another process writes to."""

    def __init__(self, directory: Path, problem: str, remedy: str) -> None:
        super().__init__(directory, problem, remedy)
        self.directory = directory
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"audit {self.directory}: {self.problem}; {self.remedy}"


class AuditUnreadable(StoreError):
    """An entry of the audit that cannot be read."""

    def __init__(self, entry_id: str, detail: str) -> None:
        super().__init__(entry_id, detail)
        self.entry_id = entry_id
        self.detail = detail

    def __str__(self) -> str:
        return f"audit entry {self.entry_id}: {self.detail}"


class AuditDamaged(AuditUnreadable):
    """A line of an exported file that was changed, or does not follow from the one before it."""

    def __init__(self, path: Path, line: int, entry_id: str, detail: str) -> None:
        super().__init__(entry_id, detail)
        self.args = (path, line, entry_id, detail)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        return f"audit file {self.path}, line {self.line}: {self.detail}"
