"""The floor: every open interaction and every agent in its cell of the board, as records come.

Constant work for each event, but for the logarithm of what waits; an answer adds up cells, however
much is open. Where things stand is read from the state after each record, for whatever the record
named; what happened is counted from its events. ``tests/adapters/wallboard`` compares all of it
with a walk over the state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

from adapters.metering.targets import Targets
from adapters.projection.folded import Folded
from adapters.statistics.interaction import Stage
from adapters.wallboard.counts import MINUTE_MS, MINUTES
from adapters.wallboard.places import Cell, Crossings, Place, stage_of
from adapters.wallboard.staff import Staff
from router import events as ev
from router.state import State

__all__ = ("Floor", "Followed")

A_BREATH: Final = 500
"""Interactions that are looked at before other tasks get their turn: a few milliseconds."""


class Followed(Protocol):
    """What is asked of a projection."""

    @property
    def state(self) -> State:
        """The state after the last record that was folded."""
        ...

    @property
    def now_ms(self) -> int:
        """That record's time."""
        ...


class Floor:
    """A listener of a projection. ``counted_from_ms``: since when it has counted what happened."""

    def __init__(self, projection: Followed) -> None:
        self._projection = projection
        self._begin()

    def _begin(self) -> None:
        self.cells: dict[tuple[str, str], Cell] = {}
        self.staff = Staff()
        self.counted_from_ms = 0
        self._places: dict[str, Place] = {}
        self._crossings = Crossings()
        self._targets = Targets()
        self._minute = self._now_ms = 0
        self._is_whole = False
        self._is_begun = False

    def began_anew(self) -> None:
        """The state is another one: look at it when somebody asks."""
        self._begin()

    def folded(self, folded: Folded) -> None:
        """Take in a record, whose state is that of the projection."""
        if not self._is_begun:
            return  # nobody has asked yet
        record, state = folded.record, self._projection.state
        now_ms = record.now_ms
        self._now_ms = max(self._now_ms, now_ms)
        self.roll(now_ms)
        interactions: dict[str, None] = {}
        agents: dict[str, None] = {}
        for event in record.events:
            note = _NOTES.get(type(event))
            if note is not None:
                note(self, event, now_ms)
            interaction_id = getattr(event, "interaction_id", "")
            if interaction_id:
                interactions[interaction_id] = None
            agent_id = getattr(event, "agent_id", "")
            if agent_id:
                agents[agent_id] = None
        for interaction_id in interactions:
            self._look(state, interaction_id)
        for agent_id in agents:
            self.staff.update(agent_id, state.agents.get(agent_id))
        self._crossings.advance(self._now_ms, A_BREATH)

    async def whole(self, now_ms: int) -> None:
        """Take in what was there before, and let time pass, which never goes back; bit by bit
        where that is much."""
        self._now_ms = max(self._now_ms, now_ms)
        while not self._is_whole:
            if not self._is_begun:
                self._enter()
            await self._walk()
        while self._crossings.advance(self._now_ms, A_BREATH):  # noqa: ASYNC110  # others get their turn
            await asyncio.sleep(0)
        self.roll(self._now_ms)

    def known_minutes(self, now_ms: int) -> int:
        """Of how many minutes that are over it knows what happened; those of the last hour."""
        return min(MINUTES, max(0, (now_ms - self.counted_from_ms) // MINUTE_MS))

    def roll(self, now_ms: int) -> None:
        """Note how many wait when a minute is over."""
        minute = now_ms // MINUTE_MS
        over = min(MINUTES, minute - self._minute)
        if over > 0:
            for cell in self.cells.values():
                cell.past.waiting.extend([cell.waiting] * over)
            self._minute = minute

    def cell(self, queue: str, channel: str) -> Cell:
        """One queue on one channel."""
        found = self.cells.get((queue, channel))
        if found is None:
            found = self.cells[queue, channel] = Cell(queue, channel)
        return found

    def _enter(self) -> None:
        """From here on records are taken in; what they do not name is looked at by a walk."""
        projection = self._projection
        self._is_begun = True
        self.counted_from_ms = projection.now_ms + 1
        self._minute = projection.now_ms // MINUTE_MS
        if projection.state.policy:
            self._take_policy(projection.state.policy)
        for agent_id, agent in projection.state.agents.items():
            self.staff.update(agent_id, agent)

    async def _walk(self) -> None:
        """Look at everything; what changes meanwhile is looked at by its records too."""
        state, targets = self._projection.state, self._targets
        seen = 0
        for shard in state.interactions.shards():
            for interaction_id in list(shard):
                self._look(state, interaction_id)
            seen += len(shard)
            if seen >= A_BREATH:
                seen = 0
                await asyncio.sleep(0)
                if state is not self._projection.state:
                    return  # it has begun anew
        self._is_whole = targets is self._targets

    def _look(self, state: State, interaction_id: str) -> None:
        """Count an interaction where it stands now."""
        interaction = state.interactions.get(interaction_id)
        place = self._places.get(interaction_id)
        if interaction is None:
            if place is not None:
                self._leave(place)
                del self._places[interaction_id]
            return
        cell, stage = self.cell(interaction.queue, interaction.channel), stage_of(interaction.state)
        own_ms = (state.targets.get(interaction_id) if state.targets else None) or 0
        target_ms = own_ms or self._targets.target_ms(interaction.channel, interaction.queue)
        stands = (cell, stage, interaction.origin_ms, target_ms)
        if place is None:
            place = self._places[interaction_id] = Place(cell, stage, interaction.origin_ms, own_ms)
        elif stands == (place.cell, place.stage, place.origin_ms, place.target_ms):
            return
        else:
            self._leave(place)
            place.cell, place.stage = cell, stage
            place.origin_ms, place.own_ms = interaction.origin_ms, own_ms
        self._come(place)

    def _come(self, place: Place) -> None:
        place.target_ms = self._target_ms(place)
        if place.stage is Stage.WAITING:
            self._crossings.begin(place, self._now_ms)
        place.cell.count(place, 1)

    def _leave(self, place: Place) -> None:
        place.cell.count(place, -1)
        if place.stage is Stage.WAITING:
            self._crossings.end(place)

    def _target_ms(self, place: Place) -> int:
        """By the policy in force now."""
        return place.own_ms or self._targets.target_ms(place.cell.channel, place.cell.queue)

    def _take_policy(self, policy: dict[str, Any]) -> None:
        targets = Targets()
        targets.replace(ev.PolicyReplaced(version=0, policy=policy))
        self._targets = targets

    def _policy_replaced(self, event: ev.PolicyReplaced, now_ms: int) -> None:
        """What waits may have other targets now: all of it is looked at when somebody asks."""
        self._take_policy(event.policy)
        self._is_whole = False

    def _created(self, event: ev.InteractionCreated, now_ms: int) -> None:
        for counts in self.cell(event.queue, event.channel).past.at(now_ms):
            counts.offered += 1
        before = self._places.pop(event.interaction_id, None)
        if before is not None:  # it was over, and its id is used again, within one record
            self._leave(before)
        cell = self.cell(event.queue, event.channel)
        place = Place(cell, Stage.WAITING, event.origin_ms, event.target_ms)
        self._places[event.interaction_id] = place
        self._come(place)

    def _accepted(self, event: ev.OfferAccepted, now_ms: int) -> None:
        place = self._places.get(event.interaction_id)
        if place is None or place.answered:
            return
        place.answered = True
        in_target = event.waited_ms <= self._target_ms(place)
        for counts in place.cell.past.at(now_ms):
            counts.answered += 1
            counts.in_target += in_target

    def _cancelled(self, event: ev.InteractionCancelled, now_ms: int) -> None:
        place = self._places.get(event.interaction_id)
        if place is None or place.answered or place.stage is Stage.SUSPENDED:
            return
        if event.waited_ms >= self._targets.short_abandon_ms(place.cell.channel):
            for counts in place.cell.past.at(now_ms):
                counts.abandoned += 1

    def _moved(self, event: ev.InteractionMoved, now_ms: int) -> None:
        """What comes after it in the record happens in the new queue."""
        self._change(event.interaction_id, event.queue, None)

    def _reclassified(self, event: ev.InteractionReclassified, now_ms: int) -> None:
        self._change(event.interaction_id, event.queue, event.target_ms)

    def _change(self, interaction_id: str, queue: str, own_ms: int | None) -> None:
        place = self._places.get(interaction_id)
        if place is None:
            return
        self._leave(place)
        place.cell = self.cell(queue, place.cell.channel)
        if own_ms is not None:
            place.own_ms = own_ms
        self._come(place)

    def _suspended(self, event: ev.InteractionSuspended, now_ms: int) -> None:
        self._stage(event.interaction_id, Stage.SUSPENDED)

    def _resumed(self, event: ev.InteractionResumed, now_ms: int) -> None:
        self._stage(event.interaction_id, Stage.WAITING)

    def _stage(self, interaction_id: str, stage: Stage) -> None:
        place = self._places.get(interaction_id)
        if place is not None and place.stage is not stage:
            self._leave(place)
            place.stage = stage
            self._come(place)


_NOTES: Final[dict[type[ev.Event], Callable[[Floor, Any, int], None]]] = {
    ev.PolicyReplaced: Floor._policy_replaced,  # noqa: SLF001  # its own table
    ev.InteractionCreated: Floor._created,  # noqa: SLF001  # its own table
    ev.OfferAccepted: Floor._accepted,  # noqa: SLF001  # its own table
    ev.InteractionCancelled: Floor._cancelled,  # noqa: SLF001  # its own table
    ev.InteractionMoved: Floor._moved,  # noqa: SLF001  # its own table
    ev.InteractionReclassified: Floor._reclassified,  # noqa: SLF001  # its own table
    ev.InteractionSuspended: Floor._suspended,  # noqa: SLF001  # its own table
    ev.InteractionResumed: Floor._resumed,  # noqa: SLF001  # its own table
}
