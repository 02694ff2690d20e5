"""What is measured together."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("ALL", "Scope")


class Scope(NamedTuple):
    """What is measured together: everything, a queue, or a channel."""

    by: str
    name: str


ALL: Final = Scope("all", "all")
