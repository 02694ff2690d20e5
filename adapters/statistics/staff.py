"""Staff: some agents together, and what their time is spent on.

An agent is *staffed* while signed in and available, or with work in hand; *busy* with work in hand,
wrap-up included, idle conversations left out. Occupancy is busy time as a share of staffed time.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from adapters.statistics.integral import Integral
from adapters.statistics.windows import Bounds
from router.lifecycle import AgentStatus

__all__ = ("NOT_THERE", "Counted", "Staff")

_STATUSES: Final = (AgentStatus.AVAILABLE, AgentStatus.UNAVAILABLE, AgentStatus.NOT_RESPONDING)


class Counted(NamedTuple):
    """How an agent is counted at the moment."""

    status: AgentStatus
    activity: str
    staffed: bool
    busy: bool


NOT_THERE: Final = Counted(AgentStatus.OFFLINE, "", staffed=False, busy=False)


class Staff:
    """How many agents stand how, and for how long."""

    __slots__ = ("_activities", "_staffed", "_statuses", "busy")

    def __init__(self) -> None:
        self.busy = Integral()
        self._staffed = Integral()
        self._statuses = {status: Integral() for status in _STATUSES}
        self._activities: dict[str, Integral] = {}

    @property
    def available(self) -> int:
        """How many can be offered work."""
        return self._statuses[AgentStatus.AVAILABLE].value

    def by_status(self) -> dict[str, int]:
        """Signed-in agents by status."""
        return {
            name.value: sum_.value for name, sum_ in sorted(self._statuses.items()) if sum_.value
        }

    def by_activity(self) -> dict[str, int]:
        """Signed-in agents who say what they do."""
        return {name: sum_.value for name, sum_ in sorted(self._activities.items()) if sum_.value}

    def change(self, before: Counted, after: Counted, now_ms: int, bounds: Bounds) -> None:
        """From now on one agent is counted otherwise."""
        if before.busy != after.busy:
            self.busy.add(after.busy - before.busy, now_ms, bounds)
        if before.staffed != after.staffed:
            self._staffed.add(after.staffed - before.staffed, now_ms, bounds)
        if before.status is not after.status:
            for status, sign in ((before.status, -1), (after.status, 1)):
                if status is not AgentStatus.OFFLINE:
                    self._statuses[status].add(sign, now_ms, bounds)
        if before.activity != after.activity:
            for activity, sign in ((before.activity, -1), (after.activity, 1)):
                if activity:
                    self._activities.setdefault(activity, Integral()).add(sign, now_ms, bounds)

    def times(self, now_ms: int, bounds: Bounds) -> list[dict[str, Any]]:
        """Of each window so far: seconds, and the share of them that was work."""
        statuses = {name.value: sum_.at(now_ms, bounds) for name, sum_ in self._statuses.items()}
        activities = {name: sum_.at(now_ms, bounds) for name, sum_ in self._activities.items()}
        spent = zip(self._staffed.at(now_ms, bounds), self.busy.at(now_ms, bounds), strict=True)
        return [
            {
                "staffed_s": staffed_ms / 1_000,
                "busy_s": busy_ms / 1_000,
                "occupancy": busy_ms / staffed_ms if staffed_ms else None,
                "status_s": {name: sums[place] / 1_000 for name, sums in statuses.items()},
                "activity_s": {
                    name: sums[place] / 1_000
                    for name, sums in sorted(activities.items())
                    if sums[place]
                },
            }
            for place, (staffed_ms, busy_ms) in enumerate(spent)
        ]
