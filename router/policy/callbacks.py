"""Callbacks of a channel: how often customers are tried, when, and what follows if in vain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from router.policy.elements import DAY_S, NUMBER, Element, Inbox, Name

__all__ = ("Callback",)


class Callback(Element):
    """A customer who is not reached is tried again after ``retry_after_s``, within the
    ``calling_hours``; after ``attempts_max`` attempts it is over here (``divert``)."""

    attempts_max: Annotated[int, Field(ge=1, le=100), NUMBER] = 3
    retry_after_s: Annotated[float, Field(ge=0, le=366 * DAY_S), NUMBER] = 900.0
    calling_hours: Name | None = None
    divert: Name = "unreached"
    inbox: Inbox | None = None
