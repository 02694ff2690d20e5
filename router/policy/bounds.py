"""Bounds on who is there and on what waits: when a step is skipped, when a queue overflows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.policy.elements import NUMBER, Element

__all__ = ("Bounds",)

WaitSeconds = Annotated[float, Field(ge=0.001, le=31_622_400), NUMBER]
Count = Annotated[int, Field(ge=1, le=1_000_000_000), NUMBER]


class Bounds(Element):
    """Any of these is enough. Agents are those who meet what is asked hard of them; the wait is
    that of who stands last in the queue, as far as it can be estimated."""

    logged_in_below: Count | None = None
    available_below: Count | None = None
    waiting_at_least: Count | None = None
    estimated_wait_above_s: WaitSeconds | None = None

    @property
    def says_something(self) -> bool:
        """Whether any of them is given."""
        return any(
            bound is not None
            for bound in (
                self.logged_in_below,
                self.available_below,
                self.waiting_at_least,
                self.estimated_wait_above_s,
            )
        )
