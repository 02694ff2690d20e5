"""The pool: the agents who could serve something, counted when a bound first asks for them."""

from __future__ import annotations

from router.commands import EMPTY_MAP, Requirement
from router.decide.turn import Turn
from router.eligibility.plan import Packed
from router.index import Present
from router.policy.bounds import Bounds

__all__ = ("Pool", "pool_of")


class Pool:
    """Who meets these requirements of an interaction with these attributes."""

    def __init__(
        self, turn: Turn, requirements: tuple[Requirement, ...], attributes: Packed
    ) -> None:
        self._index = turn.world.index
        self._asked = (attributes, requirements)
        self._present: Present | None = None

    def reaches(self, bounds: Bounds) -> bool:
        """Whether any of the bounds on numbers of agents holds now."""
        if self._present is None:
            self._present = self._index.pool(*self._asked)
        present = self._present
        return (
            _is_below(present.logged_in, bounds.logged_in_below)
            or _is_below(present.available, bounds.available_below)
            or _is_below(present.idle, bounds.idle_below)
            or _is_at_least(present.available, bounds.available_at_least)
            or _is_at_least(present.idle, bounds.idle_at_least)
        )


def pool_of(turn: Turn, name: str) -> Pool:
    """The pool of this name, which a condition of the policy counts."""
    return Pool(turn, (turn.world.rules.measures.pools[name],), EMPTY_MAP)


def _is_below(count: int, bound: int | None) -> bool:
    return bound is not None and count < bound


def _is_at_least(count: int, bound: int | None) -> bool:
    return bound is not None and count >= bound
