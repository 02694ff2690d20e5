"""The service level of a queue: which share of the last outcomes was in target (docs/groups.md).

Counted in minutes of the wall clock: constant work for each outcome, half an hour remembered.
"""

from __future__ import annotations

from typing import Final

from queues.outcomes import Minute, Outcomes

__all__ = ("MINUTES", "OUTCOMES_LEAST", "count", "share_ppm")

MINUTES: Final = 30
"""Minutes that are looked back on, the one that has just begun included."""

OUTCOMES_LEAST: Final = 5
"""With fewer outcomes in them, nothing is said."""

MINUTE_MS: Final = 60_000
PPM: Final = 1_000_000


def count(known: Outcomes, now_ms: int, *, in_target: bool) -> None:
    """Somebody was answered, or has given up."""
    minutes, number = known.minutes, now_ms // MINUTE_MS
    if minutes and minutes[-1].number == number:
        last = minutes.pop()
        minutes.append(Minute(number, last.in_target + in_target, last.counted + 1))
        return
    minutes.append(Minute(number, int(in_target), 1))
    while minutes[0].number <= number - MINUTES:
        del minutes[0]


def share_ppm(known: Outcomes | None, now_ms: int) -> int | None:
    """The share that was in target; None where too little is known."""
    if known is None:
        return None
    oldest = now_ms // MINUTE_MS - MINUTES
    young = [minute for minute in known.minutes if minute.number > oldest]
    counted = sum([minute.counted for minute in young])
    if counted < OUTCOMES_LEAST:
        return None
    return sum([minute.in_target for minute in young]) * PPM // counted
