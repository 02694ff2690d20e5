"""One place in the queue."""

from __future__ import annotations

from typing import Final, Protocol

from msgspec import Struct

__all__ = ("Entry", "entry_of")


_SLOTS: Final[dict[int, int]] = {}
"""Every slot number that has been used, as one object each."""


class _Waiting(Protocol):
    @property
    def interaction_id(self) -> str: ...
    @property
    def origin_ms(self) -> int: ...
    @property
    def sequence(self) -> int: ...


class Entry(Struct, frozen=True, order=True, gc=False):
    """One waiting interaction; entries compare by order key, then by arrival."""

    order_key: int
    sequence: int
    interaction_id: str
    slot: int = 0


def entry_of(waiting: _Waiting, order_key: int, slot: int) -> Entry:
    """The place of what waits.

    It shares the objects of its numbers, of which compiled code would make new ones: a million
    of them weigh.
    """
    if order_key == waiting.origin_ms:
        order_key = waiting.origin_ms
    slot = _SLOTS.setdefault(slot, slot)
    return Entry(order_key, waiting.sequence, waiting.interaction_id, slot)
