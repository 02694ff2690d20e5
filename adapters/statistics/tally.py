"""Tallies: what is counted of one group within one window."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import Any, Final

from adapters.statistics.durations import Durations
from router import events as ev

__all__ = ("OFFERS", "THRESHOLDS_S", "Handling", "Tally")

THRESHOLDS_S: Final[tuple[int, ...]] = (5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)
"""Waits that answers and abandons are split by, unless others are asked for."""

OFFERS: Final[dict[type[ev.Event], int]] = {
    ev.OfferIssued: 0,
    ev.OfferAccepted: 1,
    ev.OfferDeclined: 2,
    ev.OfferExpired: 3,
    ev.OfferRescinded: 4,
}
"""The place of each event of an offer among the counts."""

_OUTCOMES: Final = ("issued", "accepted", "declined", "expired", "rescinded")


class Handling:
    """Offers by what became of them, and the assignments that are over."""

    __slots__ = ("handle", "offers", "requeued", "wrap_up")

    def __init__(self) -> None:
        self.offers = [0] * len(_OUTCOMES)
        self.requeued = 0
        self.handle = Durations()
        self.wrap_up = Durations()

    def complete(self, handle_ms: int, wrap_up_ms: int) -> None:
        """An assignment has ended with the interaction; of its time, the last part was wrap-up."""
        self.handle.add(handle_ms)
        self.wrap_up.add(wrap_up_ms)

    def requeue(self, handle_ms: int) -> None:
        """An assignment has ended, and the interaction goes on."""
        self.handle.add(handle_ms)
        self.requeued += 1

    def as_json(self) -> dict[str, Any]:
        """All of it, times in seconds."""
        return {
            "handled": self.handle.count,
            "completed": self.wrap_up.count,
            "requeued": self.requeued,
            **self.handle.as_json("handle"),
            **self.wrap_up.as_json("wrap_up"),
            "offers": dict(zip(_OUTCOMES, self.offers, strict=True)),
        }


class Tally:
    """Counts of one window. Every interaction is offered once to a group, and leaves it once:
    answered, abandoned (soon or not), called off while it was aside, diverted, or moved out."""

    __slots__ = (
        "_abandoned_splits",
        "_answered_splits",
        "_thresholds_s",
        "abandoned",
        "abandoned_short",
        "abandoned_wait",
        "answered_in_target",
        "called_off",
        "cancelled",
        "diverted",
        "handling",
        "moved_in",
        "moved_out",
        "offered",
        "rejected",
        "transferred_in",
        "transferred_out",
        "wait",
    )  # fmt: skip

    def __init__(self, thresholds_s: tuple[int, ...]) -> None:
        self._thresholds_s = thresholds_s
        self.offered = self.moved_in = self.answered_in_target = 0
        self.abandoned = self.abandoned_short = self.called_off = self.cancelled = 0
        self.diverted = self.moved_out = self.rejected = 0
        self.transferred_in = self.transferred_out = 0
        self.wait = Durations()
        self.abandoned_wait = Durations()
        self.handling = Handling()
        self._answered_splits = [0] * (len(thresholds_s) + 1)
        self._abandoned_splits = [0] * (len(thresholds_s) + 1)

    def answer(self, waited_ms: int, *, in_target: bool) -> None:
        """An interaction was answered for the first time."""
        self.wait.add(waited_ms)
        self.answered_in_target += in_target
        self._answered_splits[bisect_left(self._thresholds_s, waited_ms / 1_000)] += 1

    def abandon(self, waited_ms: int, *, is_short: bool) -> None:
        """A customer gave up before anybody had answered."""
        self.abandoned_wait.add(waited_ms)
        self.abandoned_short += is_short
        self.abandoned += not is_short
        self._abandoned_splits[bisect_left(self._thresholds_s, waited_ms / 1_000)] += 1

    def enter(self, *, answered: bool) -> None:
        """An interaction has moved here; it was answered before, or not."""
        self.transferred_in += answered
        self.moved_in += not answered
        self.offered += not answered

    def leave(self, *, answered: bool) -> None:
        """An interaction has moved away."""
        self.transferred_out += answered
        self.moved_out += not answered

    @property
    def answered(self) -> int:
        """How many were answered for the first time."""
        return self.wait.count

    @property
    def service_level(self) -> float | None:
        """The share of those answered in time among those answered or lost; None: there are none.

        Who gives up at once is not counted.
        """
        counted = self.answered + self.abandoned
        return self.answered_in_target / counted if counted else None

    def as_json(self) -> dict[str, Any]:
        """All of it, times in seconds."""
        return {
            "offered": self.offered,
            "moved_in": self.moved_in,
            "answered": self.answered,
            "answered_in_target": self.answered_in_target,
            "abandoned": self.abandoned,
            "abandoned_short": self.abandoned_short,
            "called_off": self.called_off,
            "cancelled": self.cancelled,
            "diverted": self.diverted,
            "moved_out": self.moved_out,
            "transferred_in": self.transferred_in,
            "transferred_out": self.transferred_out,
            "rejected": self.rejected,
            "service_level": self.service_level,
            **self.wait.as_json("wait"),
            **self.abandoned_wait.as_json("abandoned_wait"),
            **self._split("answered", self._answered_splits),
            **self._split("abandoned", self._abandoned_splits),
            **self.handling.as_json(),
        }

    def _split(self, name: str, splits: list[int]) -> dict[str, dict[str, int]]:
        """How many waits were within each threshold, and how many above."""
        *within, total = accumulate(splits)
        names = [str(threshold_s) for threshold_s in self._thresholds_s]
        return {
            f"{name}_within_s": dict(zip(names, within, strict=True)),
            f"{name}_above_s": dict(zip(names, (total - each for each in within), strict=True)),
        }
