"""The back-test: the policies that really ran are replayed, and compared with what really was.

It is printed with every preview: where the replay of what is known is off, what it says of a draft
is not to be believed either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from benchmarks.preview.comparison import Comparison, estimate
from benchmarks.preview.measures import ALL, Measures, Scope
from benchmarks.simulator.estimates import Estimate

__all__ = ("TOLERANCES", "BackTest", "Checked", "back_test", "tolerated")

TOLERANCES: Final = {
    "service_level": 0.03,
    "abandonment": 0.02,
    "asa_s": 2.0,
    "aht_s": 2.0,
    "occupancy": 0.03,
}
"""How far a replay may be off: shares as such, seconds, or ``RELATIVE`` of them if that is more."""

RELATIVE: Final = 0.15
JUDGED_MIN: Final = 500
"""With fewer interactions chance alone makes more."""

CHANCE: Final = 2.0
"""A share may be off by so many of its own standard errors, if that is more."""

WORDS: Final = {
    "service_level": "service level",
    "abandonment": "abandonment",
    "asa_s": "mean wait",
    "aht_s": "handle time",
    "occupancy": "occupancy",
}


class Checked(NamedTuple):
    """One measure: what it was, what the replays make of it, and how far they may be off (None: too
    few interactions to judge by)."""

    happened: float
    replayed: Estimate
    tolerance: float | None

    @property
    def deviation(self) -> float:
        """The replay less what was."""
        return self.replayed.mean - self.happened

    @property
    def holds(self) -> bool:
        """Whether it is near enough, as far as can be judged."""
        known = self.tolerance is not None and not math.isnan(self.deviation)
        return not known or abs(self.deviation) <= (self.tolerance or 0.0)


class BackTest(NamedTuple):
    """All that was compared, by scope and measure."""

    checked: dict[Scope, dict[str, Checked]]

    @property
    def holds(self) -> bool:
        """Whether the replay of what ran is near what was, everywhere."""
        return not list(self.faults())

    def faults(self) -> Iterator[str]:
        """What is off, in words."""
        for scope, measures in self.checked.items():
            for name, one in measures.items():
                if not one.holds:
                    where = "overall" if scope == ALL else f"{scope.by} {scope.name}"
                    was, is_now = _told(name, one.happened), _told(name, one.replayed.mean)
                    allowed = _told(name, one.tolerance or 0.0)
                    yield (
                        f"{where}: {WORDS[name]} was {was}, and is {is_now} when what ran is "
                        f"replayed (tolerated: {allowed})"
                    )

    @property
    def is_judged(self) -> bool:
        """Whether there is enough to judge by."""
        return any(one.tolerance is not None for one in self.checked.get(ALL, {}).values())

    def verdict(self) -> str:
        """In words."""
        if not self.is_judged:
            return f"Fewer than {JUDGED_MIN} interactions: too few to say how far to trust this."
        if self.holds:
            return "Replaying the policies that ran gives what really was, within the tolerance."
        return (
            "Replaying the policies that ran does not give what really was: do not trust this "
            "preview for what is named here."
        )


def back_test(happened: Measures, pairs: Sequence[Comparison]) -> BackTest:
    """Compare what was with the replays of what ran."""
    checked = {}
    for scope, was in happened.items():
        found = {}
        for name in TOLERANCES:
            if name in was:
                now = estimate([pair.base.get(scope, {}).get(name, math.nan) for pair in pairs])
                many = was["answered"] + was["abandoned"]
                found[name] = Checked(was[name], now, tolerated(name, was[name], many))
        checked[scope] = found
    return BackTest(checked)


def tolerated(name: str, happened: float, many: float) -> float | None:
    """How far a measure of so many interactions may be off; None: they are too few."""
    if many < JUDGED_MIN or math.isnan(happened):
        return None
    if name.endswith("_s"):
        return max(TOLERANCES[name], RELATIVE * happened)
    return max(TOLERANCES[name], CHANCE * math.sqrt(happened * (1.0 - happened) / many))


def _told(name: str, value: float) -> str:
    return f"{value:.1f} s" if name.endswith("_s") else f"{value:.1%}"
