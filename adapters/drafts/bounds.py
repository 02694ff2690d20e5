"""How deep a document of a draft may be nested: it is walked through, whatever its faults."""

from __future__ import annotations

from typing import Any, Final

from adapters.drafts.errors import InvalidDraft
from router.errors import PolicyProblem

__all__ = ("DEPTH_MAX", "require_shallow")

DEPTH_MAX: Final = 64


def require_shallow(document: Any) -> None:
    """Raises :class:`InvalidDraft`."""
    level = [document]
    for _ in range(DEPTH_MAX):
        level = [inner for one in level for inner in _within(one)]
        if not level:
            return
    raise InvalidDraft([PolicyProblem((), f"it is nested more than {DEPTH_MAX} levels deep")])


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
