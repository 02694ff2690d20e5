"""What keeps an export from being written or asked.

::

    CallerError
    ├── AnalysisNotInstalled   the libraries of the extra are not there
    ├── AnalysisUnusable       the directory cannot be used as it is (directory, problem, remedy)
    ├── ExportParted           the journal does not go on where the export ends
    └── QueryRefused           a query is no SELECT, or asks for more than it may
"""

from __future__ import annotations

from pathlib import Path

from router.errors import CallerError

__all__ = ("AnalysisNotInstalled", "AnalysisUnusable", "ExportParted", "QueryRefused")


class AnalysisNotInstalled(CallerError):
    """A library that only analysis needs is not installed; ``library`` is its name."""

    def __init__(self, library: str) -> None:
        super().__init__(library)
        self.library = library

    def __str__(self) -> str:
        return (
            f"analysis needs {self.library}, which is not installed: "
            "install onequeue with the extra `analysis`, as pip install 'onequeue[analysis]'"
        )


class AnalysisUnusable(CallerError):
    """A directory cannot be used; ``problem`` says why, ``remedy`` what to do."""

    def __init__(self, directory: Path, problem: str, remedy: str) -> None:
        super().__init__(directory, problem, remedy)
        self.directory = directory
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.directory}: {self.problem}; {self.remedy}"


class ExportParted(CallerError):
    """The records to go on with do not follow those that were exported."""

    def __init__(self, position: str, following: str) -> None:
        super().__init__(position, following)
        self.position = position
        self.following = following

    def __str__(self) -> str:
        return (
            f"record {self.following} does not follow {self.position}, with which the export "
            "ends: if the journal was trimmed, name the archive that has what is missing "
            "(--archive DIR); if it is another journal, export it to another directory"
        )


class QueryRefused(CallerError):
    """A query cannot be answered; the message says why."""
