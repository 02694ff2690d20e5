"""Places on the board: where each open interaction is counted, and when its wait grows older."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Final, TypeAlias

from adapters.statistics.interaction import Stage
from adapters.wallboard.counts import Past
from router.lifecycle import IN_HAND, LOOKING, InteractionState

__all__ = ("BANDS", "Cell", "Crossings", "Place", "band_at", "stage_of")

BANDS: Final = ("under_half", "under_target", "over_target", "over_twice")
"""How much of its target a wait has used up: less than half, less than all, more, twice or more."""

STALE_ENTRIES_MAX: Final = 10_000
"""Entries of waits that are over before a heap is built anew."""

_STAGES: Final[Mapping[InteractionState, Stage]] = {
    **dict.fromkeys(LOOKING, Stage.WAITING),
    **dict.fromkeys(IN_HAND, Stage.WITH_AGENT),
    InteractionState.SUSPENDED: Stage.SUSPENDED,
    InteractionState.WRAP_UP: Stage.WRAP_UP,
}


def stage_of(state: InteractionState) -> Stage:
    """Where an open interaction counts."""
    return _STAGES[state]


def band_at(now_ms: int, origin_ms: int, target_ms: int) -> int:
    """The place in :data:`BANDS` of a wait; the first where there is no target."""
    waited_ms = now_ms - origin_ms
    if target_ms <= 0 or 2 * waited_ms < target_ms:
        return 0
    return 1 if waited_ms < target_ms else 2 if waited_ms < 2 * target_ms else 3


class Place:
    """Where one open interaction is counted. ``wait`` counts its waits, so that what was noted of
    an earlier one is known to be over."""

    __slots__ = ("answered", "band", "cell", "origin_ms", "own_ms", "stage", "target_ms", "wait")

    def __init__(self, cell: Cell, stage: Stage, origin_ms: int, own_ms: int) -> None:
        self.cell = cell
        self.stage = stage
        self.origin_ms = origin_ms
        self.own_ms = own_ms
        """The target that is its own; 0: the policy's."""

        self.target_ms = 0
        self.band = 0
        self.wait = 0
        self.answered = stage in (Stage.WITH_AGENT, Stage.WRAP_UP)


_Entry: TypeAlias = tuple[int, int, Place, int]
"""A time, a number that tells equal times apart, whose it is, and of which wait."""


class Cell:
    """One queue on one channel: what is open there, and what has happened."""

    __slots__ = ("_oldest", "bands", "channel", "in_wrap_up", "past", "queue", "suspended",
                 "with_agents")  # fmt: skip

    def __init__(self, queue: str, channel: str) -> None:
        self.queue = queue
        self.channel = channel
        self.bands = [0] * len(BANDS)
        self.suspended = self.with_agents = self.in_wrap_up = 0
        self.past = Past()
        self._oldest: list[_Entry] = []

    @property
    def waiting(self) -> int:
        """What waits for an agent, or is being offered."""
        return sum(self.bands)

    @property
    def oldest_ms(self) -> int:
        """The origin of what has waited for longest; 0: nothing waits."""
        self._oldest = _cleaned(self._oldest, self.waiting)
        return self._oldest[0][0] if self._oldest else 0

    def count(self, place: Place, by: int) -> None:
        """One more, or one less, where the place stands."""
        if place.stage is Stage.WAITING:
            self.bands[place.band] += by
        elif place.stage is Stage.SUSPENDED:
            self.suspended += by
        elif place.stage is Stage.WITH_AGENT:
            self.with_agents += by
        else:
            self.in_wrap_up += by

    def begin(self, place: Place, number: int) -> None:
        """A wait has begun."""
        heapq.heappush(self._oldest, (place.origin_ms, number, place, place.wait))
        if len(self._oldest) > 4 * self.waiting + STALE_ENTRIES_MAX:
            self._oldest = _cleaned(self._oldest, self.waiting)


class Crossings:
    """When each wait comes into its next band."""

    def __init__(self) -> None:
        self._due: list[_Entry] = []
        self._numbers = 0
        self.waiting = 0

    def begin(self, place: Place, now_ms: int) -> None:
        """A wait has begun, perhaps long ago; it is not counted yet."""
        self._numbers += 1
        place.wait += 1
        place.band = band_at(now_ms, place.origin_ms, place.target_ms)
        place.cell.begin(place, self._numbers)
        self.waiting += 1
        self._await(place, self._numbers)
        if len(self._due) > 4 * self.waiting + STALE_ENTRIES_MAX:
            self._due = _cleaned(self._due, self.waiting)

    def end(self, place: Place) -> None:
        """It is over."""
        place.wait += 1
        self.waiting -= 1

    def advance(self, now_ms: int, most: int) -> bool:
        """Let time pass for so many waits at most; whether there may be more."""
        for _ in range(most):
            if not self._due or self._due[0][0] > now_ms:
                return False
            _, number, place, wait = heapq.heappop(self._due)
            if place.wait != wait:
                continue
            place.cell.bands[place.band] -= 1
            place.band = band_at(now_ms, place.origin_ms, place.target_ms)
            place.cell.bands[place.band] += 1
            self._await(place, number)
        return True

    def _await(self, place: Place, number: int) -> None:
        if place.target_ms > 0 and place.band < len(BANDS) - 1:
            halves = (1, 2, 4)[place.band]
            # rounded up: at that time it has come into the next band
            due_ms = place.origin_ms + -(-place.target_ms * halves // 2)
            heapq.heappush(self._due, (due_ms, number, place, place.wait))


def _cleaned(heap: list[_Entry], waiting: int) -> list[_Entry]:
    """The heap without waits that are over at its top, or anywhere when they are too many."""
    while heap and heap[0][2].wait != heap[0][3]:
        heapq.heappop(heap)
    if len(heap) > 4 * waiting + STALE_ENTRIES_MAX:
        heap = [entry for entry in heap if entry[2].wait == entry[3]]
        heapq.heapify(heap)
    return heap
