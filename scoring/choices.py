"""Which choices this installation makes: compiled ones, or NumPy's where nothing was compiled."""

from __future__ import annotations

from scoring.arrays import Arrays, Choices
from scoring.native.compiled import CompiledChoices
from scoring.native.library import is_built
from scoring.plain import PlainChoices

__all__ = ("choices_over", "kind")

_COMPILED = is_built()


def kind() -> str:
    """ "compiled" or "numpy"."""
    return "compiled" if _COMPILED else "numpy"


def choices_over(arrays: Arrays) -> Choices:
    """The choices over these arrays."""
    return CompiledChoices(arrays) if _COMPILED else PlainChoices(arrays)
