"""Spells of work and of absence: those that are over, and those that are not.

Written from docs/workflows.md, "Free in time", alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from adapters.verify.wire import Event

__all__ = ("Kind", "Running", "Spells")

_REMEMBERED: Final = 64
_LEAST: Final = 8
_KINDS_MAX: Final = 1_024

Kind: TypeAlias = tuple[str, str]
"""Queue and channel."""


class Running(NamedTuple):
    """Work that is not over: since when, and when its conversation was (0: it is not)."""

    since_ms: int
    completed_ms: int = 0


class _Over(NamedTuple):
    work_ms: int
    wrap_up_ms: int


class Spells:
    """What the events have told of the time that things take."""

    def __init__(self) -> None:
        self.are_kept = False
        """Whether the policy asks when somebody will be free."""
        self.running: dict[str, Running] = {}
        self.away_ms: dict[str, int] = {}
        """Since when who is logged in and not available has been away."""
        self._logged_in: set[str] = set()
        self._absences: deque[int] = deque(maxlen=_REMEMBERED)
        self._over: dict[Kind, deque[_Over]] = {}

    def keep(self, queues: Collection[str], channels: Collection[str], *, are_kept: bool) -> None:
        """A policy has these queues and channels, and asks for spells or does not."""
        self.are_kept = are_kept
        if not are_kept:
            self._absences.clear()
            self._over.clear()
        for kind in list(self._over):
            if kind[0] not in queues or kind[1] not in channels:
                del self._over[kind]

    def see(self, event: Event, kind: Kind | None, now_ms: int) -> None:
        """An event happens, to an interaction of this kind (None: to none that is open)."""
        match event["type"]:
            case "offer_accepted" | "interaction_woken":
                self.running[event["interaction_id"]] = Running(now_ms)
            case "interaction_completed" if event["interaction_id"] in self.running:
                begun = self.running[event["interaction_id"]]
                self.running[event["interaction_id"]] = Running(begun.since_ms, now_ms)
            case "interaction_idled" | "interaction_requeued" | "interaction_wrapped_up":
                self._end(event, kind, now_ms)
            case _:
                self._see_agent(event, now_ms)

    def _see_agent(self, event: Event, now_ms: int) -> None:
        match event["type"]:
            case "agent_logged_in" if event["agent_id"] not in self._logged_in:
                self._logged_in.add(event["agent_id"])
                self.away_ms[event["agent_id"]] = now_ms
            case "agent_logged_out":
                self._logged_in.discard(event["agent_id"])
                self.away_ms.pop(event["agent_id"], None)
            case "agent_unavailable" | "agent_not_responding":
                self.away_ms.setdefault(event["agent_id"], now_ms)
            case "agent_available":
                away_ms = now_ms - self.away_ms.pop(event["agent_id"], now_ms)
                if away_ms and self.are_kept:
                    self._absences.append(away_ms)

    def work_ends(self, kind: Kind, lasted_ms: int, left_ms: int) -> Fraction:
        """The probability that work which has lasted so long is over in time, with its wrap-up."""
        known = self._over.get(kind, ())
        return _share(((one.work_ms, one.wrap_up_ms) for one in known), lasted_ms, left_ms)

    def wrap_up_ends(self, kind: Kind, lasted_ms: int, left_ms: int) -> Fraction:
        """The same of a wrap-up."""
        known = (one.wrap_up_ms for one in self._over.get(kind, ()) if one.wrap_up_ms)
        return _share(((wrap_up_ms, 0) for wrap_up_ms in known), lasted_ms, left_ms)

    def absence_ends(self, lasted_ms: int, left_ms: int) -> Fraction:
        """The same of an absence."""
        return _share(((away_ms, 0) for away_ms in self._absences), lasted_ms, left_ms)

    def _end(self, event: Event, kind: Kind | None, now_ms: int) -> None:
        running = self.running.pop(event["interaction_id"], None)
        if running is None or kind is None or not self.are_kept:
            return
        if kind not in self._over and len(self._over) >= _KINDS_MAX:
            return
        over = self._over.setdefault(kind, deque(maxlen=_REMEMBERED))
        over_ms = running.completed_ms or now_ms
        over.append(_Over(over_ms - running.since_ms, now_ms - over_ms))


def _share(known: Iterable[tuple[int, int]], lasted_ms: int, left_ms: int) -> Fraction:
    """How many of those that lasted as long were over in time, with what came after them; all,
    where too few are known."""
    ordered = sorted(known, reverse=True)
    if len(ordered) < _LEAST:
        return Fraction(1)
    lasted_ms = min(lasted_ms, ordered[_LEAST - 1][0])
    as_long = [first + then for first, then in ordered if first >= lasted_ms]
    in_time = [one for one in as_long if one < lasted_ms + left_ms]
    return Fraction(len(in_time), len(as_long))
