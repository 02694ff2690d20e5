"""Approvals: how many others must agree before a policy is put in force (docs/drafts.md).

The engine does not look at them: the HTTP API and `onequeue policy drafts` do.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from router.policy.elements import NUMBER, Element

__all__ = ("APPROVALS_MAX", "Approvals")

APPROVALS_MAX: Final = 5


class Approvals(Element):
    """``required`` people, none of whom has worked on a draft, approve it before it is applied."""

    required: Annotated[int, Field(ge=0, le=APPROVALS_MAX), NUMBER] = 1
