"""Names that stand for nothing: said in the same words of whatever kind."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ("NAMED_MAX", "unknown")

NAMED_MAX = 20
"""Names that an error lists."""


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """What to say of a name that is not among those of its kind."""
    names = ", ".join(sorted(known)[:NAMED_MAX]) or "none"
    return f"there is no {kind} {name!r}; the {kind}s are: {names}"
