"""The pool: the agents who could serve something, counted when a bound first asks for them."""

from __future__ import annotations

from router.commands import Requirement
from router.decide.turn import Turn
from router.eligibility.plan import Packed
from router.policy.bounds import Bounds

__all__ = ("Pool",)


class Pool:
    """Who meets these requirements of an interaction with these attributes."""

    def __init__(
        self, turn: Turn, requirements: tuple[Requirement, ...], attributes: Packed
    ) -> None:
        self._index = turn.world.index
        self._asked = (attributes, requirements)
        self._counts: tuple[int, int] | None = None

    def reaches(self, bounds: Bounds, queue: str) -> bool:
        """Whether any of the bounds holds now, for what waits in this queue."""
        most = bounds.waiting_at_least
        if most is not None and self._index.waiting_in(queue) >= most:
            return True
        if bounds.logged_in_below is None and bounds.available_below is None:
            return False
        if self._counts is None:
            self._counts = self._index.pool(*self._asked)
        logged_in, available = self._counts
        return logged_in < (bounds.logged_in_below or 0) or available < (
            bounds.available_below or 0
        )
