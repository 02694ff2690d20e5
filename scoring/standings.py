"""Standings: where agents stand by their own attributes, as keys of which the lowest is first.

docs/matching.md, "Strategies". The keys are the numbers themselves, so that nothing is lost and one
agent's attributes concern nobody else's keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

__all__ = ("KEYS", "LAST", "ORDERED_MAX", "AttributeKey", "standing")

KEYS: Final = 4
"""Attributes of one ordering, at most; the unused keys are 0."""

ORDERED_MAX: Final = 2**53
"""Numbers up to this have an order, whichever their sign: those that JSON carries exactly."""

LAST: Final = int(np.iinfo(np.int64).max)
"""The key of an attribute that is no such number, or is not there."""


class AttributeKey(NamedTuple):
    """One attribute of an ordering, and which end of it comes first."""

    attribute: str
    descending: bool


def standing(ordering: Sequence[AttributeKey], attributes: Mapping[str, object]) -> list[int]:
    """The keys of an agent by an ordering."""
    keys = [_key(each, attributes.get(each.attribute)) for each in ordering]
    return keys + [0] * (KEYS - len(keys))


def _key(each: AttributeKey, value: object) -> int:
    # true and false are integers to Python, and to nobody else
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > ORDERED_MAX:
        return LAST
    return -value if each.descending else value
