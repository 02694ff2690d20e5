"""Tallies: what is counted of one group within one window."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, Final

from adapters.statistics.windows import Bounds

__all__ = ("THRESHOLDS_S", "Tallies", "Tally")

THRESHOLDS_S: Final = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)
"""Waits that answers are sorted by."""

_THRESHOLDS_MS: Final = tuple(1_000 * threshold for threshold in THRESHOLDS_S)


class Tally:
    """Counts of one window. Every interaction is offered once to a group, and leaves it once:
    answered, abandoned (soon or not), called off while it was aside, diverted, or moved out."""

    __slots__ = (
        "abandoned", "abandoned_short", "answered", "answered_in_target", "called_off", "diverted",
        "moved_out", "offered", "offers_accepted", "offers_declined", "offers_expired",
        "offers_issued", "offers_rescinded", "rejected", "since_ms", "waited_ms", "waited_ms_max",
        "waited_ms_min", "within",
    )  # fmt: skip

    def __init__(self, since_ms: int) -> None:
        self.since_ms = since_ms
        self.offered = self.answered = self.answered_in_target = 0
        self.abandoned = self.abandoned_short = self.called_off = 0
        self.diverted = self.moved_out = self.rejected = 0
        self.offers_issued = self.offers_accepted = self.offers_declined = 0
        self.offers_expired = self.offers_rescinded = 0
        self.waited_ms = self.waited_ms_max = self.waited_ms_min = 0
        self.within = [0] * (len(THRESHOLDS_S) + 1)

    def answer(self, waited_ms: int, *, in_target: bool) -> None:
        """An interaction was answered for the first time."""
        least_ms = min(self.waited_ms_min, waited_ms) if self.answered else waited_ms
        self.answered += 1
        self.answered_in_target += in_target
        self.waited_ms += waited_ms
        self.waited_ms_min = least_ms
        self.waited_ms_max = max(self.waited_ms_max, waited_ms)
        self.within[bisect_left(_THRESHOLDS_MS, waited_ms)] += 1

    @property
    def service_level(self) -> float | None:
        """The share of those answered in time among those answered or lost; None: there are none.

        Who gives up at once is not counted.
        """
        counted = self.answered + self.abandoned
        return self.answered_in_target / counted if counted else None

    def as_json(self) -> dict[str, Any]:
        """All of it, times in seconds."""
        answered_within, total = {}, 0
        for threshold_s, answered in zip(THRESHOLDS_S, self.within, strict=False):
            total += answered
            answered_within[str(threshold_s)] = total
        return {
            "offered": self.offered,
            "answered": self.answered,
            "answered_in_target": self.answered_in_target,
            "abandoned": self.abandoned,
            "abandoned_short": self.abandoned_short,
            "called_off": self.called_off,
            "diverted": self.diverted,
            "moved_out": self.moved_out,
            "rejected": self.rejected,
            "service_level": self.service_level,
            "wait_mean_s": self.waited_ms / self.answered / 1_000 if self.answered else None,
            "wait_min_s": self.waited_ms_min / 1_000,
            "wait_max_s": self.waited_ms_max / 1_000,
            "wait_total_s": self.waited_ms / 1_000,
            "answered_within_s": answered_within,
            "offers": self.offers(),
        }

    def offers(self) -> dict[str, int]:
        """Offers by what became of them."""
        return {
            "issued": self.offers_issued,
            "accepted": self.offers_accepted,
            "declined": self.offers_declined,
            "expired": self.offers_expired,
            "rescinded": self.offers_rescinded,
        }


class Tallies:
    """The tallies of one group: of the interval and of the day, begun anew when these are over."""

    __slots__ = ("_day", "_interval")

    def __init__(self) -> None:
        self._interval = Tally(0)
        self._day = Tally(0)

    def at(self, bounds: Bounds) -> tuple[Tally, Tally]:
        """Those of the interval and of the day."""
        if self._interval.since_ms != bounds.interval_ms:
            self._interval = Tally(bounds.interval_ms)
        if self._day.since_ms != bounds.day_ms:
            self._day = Tally(bounds.day_ms)
        return self._interval, self._day
