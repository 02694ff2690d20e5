"""Labels of a channel: limits within its maximum, for work of some kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.limits import CHANNEL_MAXIMUM_MAX
from router.policy.elements import NUMBER, Element

__all__ = ("LABELS_MAX", "WorkLabel")

LABELS_MAX = 5
"""Labels of one channel: as many as Amazon Connect takes."""


class WorkLabel(Element):
    """How many interactions with this label an agent holds at most, of all on the channel."""

    description: str = ""
    owner: str = ""
    maximum: Annotated[int, Field(ge=1, le=CHANNEL_MAXIMUM_MAX), NUMBER]
