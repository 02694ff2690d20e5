"""How long agents have had work of one kind in hand, as far as it tells how long they will yet."""

from __future__ import annotations

from msgspec import Struct, field

__all__ = ("Handled",)


class Handled(Struct, gc=False):
    """The last spells of one kind: how long each lasted, and the wrap-up after it (0: none)."""

    worked_ms: list[int] = field(default_factory=list)
    wrap_up_ms: list[int] = field(default_factory=list)
