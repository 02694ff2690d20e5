"""By which of their attributes agents are put in order."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from router.limits import IDENTIFIER_MAX
from router.policy.elements import Element

__all__ = ("OrderBy",)


class OrderBy(Element):
    """One attribute of agents that is a whole number: the lowest is first, or the highest."""

    description: str = ""
    owner: str = ""
    attribute: Annotated[str, StringConstraints(min_length=1, max_length=IDENTIFIER_MAX)]
    descending: bool = False
