"""The messages that desktops were told lately, for those who come back and have missed some."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.cloudevents.errors import PositionError
from adapters.cloudevents.position import Position

__all__ = ("Kept", "Recent")

ELSEWHERE_MAX: Final = 10_000
"""Agents after whom those are forgotten of whom nothing from before is kept anyway."""


class Kept(NamedTuple):
    """One message of an agent's work stream: its place, and how it was packed."""

    agent_id: str
    position: Position
    payload: bytes
    is_json: bool
    at_s: float


class Recent:
    """What all desktops of a tenant were told, by agent: bounded by size and age.

    It knows what came after its beginning and before its end, in one history of records.
    """

    def __init__(self, bytes_max: int, kept_s: float) -> None:
        self._bytes_max, self._kept_s = bytes_max, kept_s
        self._bytes = 0
        self._order: deque[Kept] = deque()
        self._by_agent: dict[str, deque[Kept]] = {}
        self._begin = Position(0, 0)
        self._last_lsns: dict[int, int] = {}
        self._not_before: dict[str, Position] = {}

    def begin(self, record_id: str) -> None:
        """Everything before is forgotten: this record is where the history begins."""
        self._order.clear()
        self._by_agent.clear()
        self._not_before.clear()
        self._bytes = 0
        self._begin = Position.of_record(record_id)
        self._last_lsns = {self._begin.epoch: self._begin.lsn}

    def reached(self, record_id: str) -> None:
        """The history goes on with this record."""
        place = Position.of_record(record_id)
        self._last_lsns[place.epoch] = place.lsn

    def add(self, kept: Kept) -> None:
        """Keep a message, and forget the oldest beyond the bounds."""
        self._order.append(kept)
        self._by_agent.setdefault(kept.agent_id, deque()).append(kept)
        self._bytes += len(kept.payload)
        oldest_s = kept.at_s - self._kept_s
        while self._order and (self._bytes > self._bytes_max or self._order[0].at_s < oldest_s):
            self._forget(self._order.popleft())

    def elsewhere(self, agent_id: str, record_id: str) -> None:
        """The agent was told things at another place than a desktop, from this record on."""
        self._not_before[agent_id] = Position.of_record(record_id)
        if len(self._not_before) > ELSEWHERE_MAX:
            of_use = ((name, at) for name, at in self._not_before.items() if at > self._begin)
            self._not_before = dict(of_use)

    def after(
        self, agent_id: str, position: str, messages_max: int, bytes_max: int
    ) -> Sequence[Kept] | None:
        """What the agent was told after a position; None where that is not known, or is more than
        so many messages or bytes."""
        try:
            after = Position.parse(position)
        except PositionError:
            return None
        if not self._knows(after) or after < self._not_before.get(agent_id, self._begin):
            return None
        missed = [kept for kept in self._by_agent.get(agent_id, ()) if kept.position > after]
        is_much = sum(len(kept.payload) for kept in missed) > bytes_max
        return None if is_much or len(missed) > messages_max else missed

    def _knows(self, position: Position) -> bool:
        """Whether all that came after it is kept, and it is of this history."""
        return position >= self._begin and position.lsn <= self._last_lsns.get(position.epoch, -1)

    def _forget(self, kept: Kept) -> None:
        self._bytes -= len(kept.payload)
        self._begin = max(self._begin, kept.position)
        of_agent = self._by_agent[kept.agent_id]
        of_agent.popleft()
        if not of_agent:
            del self._by_agent[kept.agent_id]
