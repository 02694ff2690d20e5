"""Where interactions stand: most events name an interaction, and not its channel or queue.

Built from the journal alone, event by event. Of an interaction that has moved, every queue is
remembered with the event by which it came there, so that an old event finds the queue of its time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.cloudevents.position import BEGIN, Position
from router.events import (
    Event,
    InteractionCancelled,
    InteractionCreated,
    InteractionDiverted,
    InteractionMoved,
    InteractionReclassified,
    InteractionWrappedUp,
)
from router.state import State

__all__ = ("NOWHERE", "Place", "Places")

ENDED_MAX: Final = 100_000
"""Interactions that are over and still known, as the router remembers them."""

MOVES_MAX: Final = 100
"""Moves that are remembered of one interaction."""


class Place(NamedTuple):
    """The channel and the queue of an interaction; "" where it is not known."""

    channel: str = ""
    queue: str = ""


NOWHERE: Final = Place()


class Places:
    """The places of interactions. Events must be taken in their order.

    ``behind`` is asked about interactions that are not known here.
    """

    def __init__(self, behind: Places | None = None, ended_max: int = ENDED_MAX) -> None:
        self._behind = behind
        self._ended_max = ended_max
        self._now: dict[str, Place] = {}
        self._moves: dict[str, list[tuple[Position, Place]]] = {}
        self._ended: deque[str] = deque()
        self._kinds: dict[Place, Place] = {}

    def begin(self, state: State) -> None:
        """Begin with what is open in a state."""
        self._now, self._moves = {}, {}
        self._ended.clear()
        for interaction_id, interaction in state.interactions.items():
            self._now[interaction_id] = self._kind(interaction.channel, interaction.queue)

    def take_all(self, record: Position, events: Sequence[Event]) -> None:
        """Take in the events of a record."""
        for number, event in enumerate(events):
            if isinstance(event, _ABOUT_PLACES):
                self.take(record._replace(number=number), event)

    def take(self, position: Position, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, InteractionCreated):
            self._now[event.interaction_id] = self._kind(event.channel, event.queue)
        elif isinstance(event, InteractionMoved | InteractionReclassified):
            self._move(event.interaction_id, position, event.queue)
        elif isinstance(event, _ENDINGS) and event.interaction_id in self._now:
            self._end(event.interaction_id)

    def of(self, interaction_id: str, position: Position) -> Place:
        """Where an interaction stood when that event had happened, as far as it is known."""
        now = self._now.get(interaction_id)
        if now is None:
            behind = self._behind
            return NOWHERE if behind is None else behind.of(interaction_id, position)
        moves = self._moves.get(interaction_id)
        if moves is None:
            return now
        at = bisect_right(moves, position, key=lambda move: move[0])
        return moves[max(0, at - 1)][1]

    def _kind(self, channel: str, queue: str) -> Place:
        place = Place(channel, queue)
        return self._kinds.setdefault(place, place)

    def _move(self, interaction_id: str, position: Position, queue: str) -> None:
        before = self.of(interaction_id, position)
        place = self._kind(before.channel, queue)
        if place == before:
            return
        self._now[interaction_id] = place
        moves = self._moves.setdefault(interaction_id, [(BEGIN, before)])
        moves.append((position, place))
        if len(moves) > MOVES_MAX:
            del moves[0]

    def _end(self, interaction_id: str) -> None:
        self._ended.append(interaction_id)
        if len(self._ended) > self._ended_max:
            gone = self._ended.popleft()
            self._now.pop(gone, None)
            self._moves.pop(gone, None)


_ENDINGS: Final = (InteractionCancelled, InteractionDiverted, InteractionWrappedUp)
_ABOUT_PLACES: Final = (
    InteractionCreated,
    InteractionMoved,
    InteractionReclassified,
    *_ENDINGS,
)
