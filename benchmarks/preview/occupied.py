"""Time at work for a queue or a channel, agent by agent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from benchmarks.preview.scopes import Scope
from router import events as ev

__all__ = ("WORK", "AtWork", "MayServe", "Occupied")

MayServe: TypeAlias = Sequence[tuple[str, str, Sequence[str]]]
"""The agents who may serve each queue and channel: (``queue`` or ``channel``, its name, agents)."""

ENDS: Final = (ev.InteractionWrappedUp, ev.InteractionRequeued, ev.InteractionCancelled)

WORK: Final = frozenset((ev.OfferAccepted, *ENDS, ev.InteractionIdled, ev.InteractionWoken))
"""The events that tell who holds what."""


class AtWork(NamedTuple):
    """Of those who may serve a queue or a channel: the share of their staffed time that they work
    at it, and the standard deviation of these shares over agents. Not-a-number: nobody was there.
    """

    by: str
    name: str
    share: float
    spread: float


class _Held(NamedTuple):
    agent_id: str
    scopes: tuple[Scope, ...]


class Occupied:
    """Takes in who holds what. An agent is at work for a queue while they have anything of it in
    hand, wrap-up included and idle conversations left out: two chats at once count once."""

    def __init__(self, from_ms: int, to_ms: int) -> None:
        self._from_ms, self._to_ms = from_ms, to_ms
        self._held: dict[str, _Held] = {}
        self._quiet: set[str] = set()
        self._many: dict[tuple[str, Scope], int] = {}
        self._since_ms: dict[tuple[str, Scope], int] = {}
        self._busy_ms: dict[Scope, dict[str, int]] = {}

    def take(self, event: Any, stands: tuple[str, str], now_ms: int) -> None:
        """Take in an event of an interaction that stands in this queue and channel."""
        name = event.interaction_id
        if isinstance(event, ev.OfferAccepted):
            queue, channel = stands
            scopes = (Scope("queue", queue), Scope("channel", channel))
            self._held[name] = _Held(event.agent_id, scopes)
            self._count(self._held[name], 1, now_ms)
        elif isinstance(event, ENDS):
            held = self._held.pop(name, None)
            if held is not None and name not in self._quiet:
                self._count(held, -1, now_ms)
            self._quiet.discard(name)
        elif name in self._held:
            self._rest(event, name, now_ms)

    def _rest(self, event: Any, name: str, now_ms: int) -> None:
        if isinstance(event, ev.InteractionIdled) and name not in self._quiet:
            self._quiet.add(name)
            self._count(self._held[name], -1, now_ms)
        elif isinstance(event, ev.InteractionWoken) and name in self._quiet:
            self._quiet.discard(name)
            self._count(self._held[name], 1, now_ms)

    def _count(self, held: _Held, change: int, now_ms: int) -> None:
        at_ms = min(max(now_ms, self._from_ms), self._to_ms)
        for scope in held.scopes:
            key = held.agent_id, scope
            before = self._many.get(key, 0)
            self._many[key] = before + change
            if not before:
                self._since_ms[key] = at_ms
            elif not before + change:
                self._add(key, at_ms)

    def _add(self, key: tuple[str, Scope], at_ms: int) -> None:
        agent_id, scope = key
        busy = self._busy_ms.setdefault(scope, {})
        busy[agent_id] = busy.get(agent_id, 0) + at_ms - self._since_ms[key]

    def found(
        self, may_serve: MayServe, staffed_s: Mapping[str, float], least_s: float
    ) -> list[AtWork]:
        """When the period is over; agents who were there for less than
        ``least_s`` do not count in the spread."""
        for key, many in self._many.items():
            if many:
                self._since_ms[key] = max(self._since_ms[key], self._from_ms)
                self._add(key, self._to_ms)
        self._many.clear()
        return [
            AtWork(
                by, name, *_shares(self._busy_ms.get(Scope(by, name), {}), who, staffed_s, least_s)
            )
            for by, name, who in may_serve
        ]


def _shares(
    busy_ms: Mapping[str, int], who: Sequence[str], staffed_s: Mapping[str, float], least_s: float
) -> tuple[float, float]:
    """Of these agents together, and the deviation over them."""
    there = [(busy_ms.get(name, 0) / 1_000, staffed_s.get(name, 0.0)) for name in who]
    total_s = sum(staffed for _, staffed in there)
    each = [busy / staffed for busy, staffed in there if staffed and staffed >= least_s]
    share = sum(busy for busy, _ in there) / total_s if total_s else math.nan
    return share, float(np.std(each)) if each else math.nan
