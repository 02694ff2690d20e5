"""The pool: the agents who could serve something, counted when a bound first asks for them."""

from __future__ import annotations

from router.commands import Requirement
from router.decide.turn import Turn
from router.decide.waits import wait_at
from router.eligibility.plan import Packed
from router.policy.bounds import Bounds

__all__ = ("Pool",)


class Pool:
    """Who meets these requirements of an interaction with these attributes."""

    def __init__(
        self, turn: Turn, requirements: tuple[Requirement, ...], attributes: Packed
    ) -> None:
        self._turn = turn
        self._index = turn.world.index
        self._asked = (attributes, requirements)
        self._counts: tuple[int, int] | None = None

    def reaches(self, bounds: Bounds, queue: str) -> bool:
        """Whether any of the bounds holds now, for what waits in this queue."""
        most = bounds.waiting_at_least
        if most is not None and self._index.waiting_in(queue) >= most:
            return True
        if self._is_long(bounds, queue):
            return True
        if bounds.logged_in_below is None and bounds.available_below is None:
            return False
        if self._counts is None:
            self._counts = self._index.pool(*self._asked)
        logged_in, available = self._counts
        return logged_in < (bounds.logged_in_below or 0) or available < (
            bounds.available_below or 0
        )

    def _is_long(self, bounds: Bounds, queue: str) -> bool:
        """Whether who stands last in the queue is known to wait for longer than that."""
        if bounds.estimated_wait_above_s is None:
            return False
        last = self._index.waiting_in(queue)
        wait = wait_at(self._turn, queue, last) if last else None
        return wait is not None and wait.wait_ms > round(bounds.estimated_wait_above_s * 1_000)
