"""What can be wrong with a scenario, told like a compiler does."""

from __future__ import annotations

from adapters.documents.faults import DocumentError
from router.errors import CallerError

__all__ = ("ScenarioError", "ScenarioFileError")


class ScenarioError(CallerError):
    """A scenario that cannot be used: the message says what is wrong, and what to do."""


class ScenarioFileError(ScenarioError, DocumentError):
    """A scenario document that is not valid; ``faults`` has lines and columns."""
