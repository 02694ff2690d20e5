"""How long somebody will wait, from how those before them have left (docs/waits.md).

While somebody waits, departures to agents are taken for a Poisson process whose rate is not known
but for the last ones: ``K`` of them in ``S`` ms of waiting. The wait for the ``n``-th from now is
then ``S × n / K`` times a quantity that has the F distribution with ``2n`` and ``2K`` degrees of
freedom, so that an interval follows without any further assumption. Who loses patience ahead makes
the wait shorter: how fast that happens is the Nelson-Aalen estimate of those who have.

* R. Ibrahim, W. Whitt: Real-Time Delay Estimation Based on Delay History, M&SOM 11(3), 2009; and
  in Overloaded Multiserver Queues with Abandonment, Management Science 55(10), 2009: predictors by
  the length of the queue, with and without abandonment, are the most exact where rates are known.
* E. B. Wilson, M. M. Hilferty: The Distribution of Chi-Square, PNAS 17, 1931; E. Paulson: An
  Approximate Normalization of the Analysis of Variance Distribution, Annals of Mathematical
  Statistics 13, 1942: cube roots of chi-square, and so of F, are very nearly normal.
* O. Aalen: Nonparametric Inference for a Family of Counting Processes, Annals of Statistics 6,
  1978.

Only ``+ − × ÷ √`` are used, which IEEE 754 rounds the same way everywhere: a replay finds the same
milliseconds.
"""

from __future__ import annotations

from math import sqrt
from typing import Final, NamedTuple

from queues.departures import Departure, Departures

__all__ = (
    "DEPARTURES_LEAST",
    "DEPARTURES_MAX",
    "WINDOW_MS",
    "Wait",
    "advance_ms",
    "depart",
    "expected_wait",
    "leave",
    "resume_waiting",
    "stop_waiting",
    "take_back",
)

DEPARTURES_MAX: Final = 32
"""Departures from which a wait is estimated: enough for a narrow interval, few enough to follow the
staffing of the day."""

DEPARTURES_LEAST: Final = 5
"""With fewer, nothing is said."""

WINDOW_MS: Final = 1_800_000
"""Departures that are older than the last one by more do not count; nor does any after so long in
which nobody has waited."""

PPM: Final = 1_000_000

TENTH: Final = 1.2815515655446004
"""The normal quantile of nine tenths: one tenth lies above it, one below its negative."""


class Wait(NamedTuple):
    """A wait in ms, and the interval in which it lies four times out of five."""

    wait_ms: int
    low_ms: int
    high_ms: int


def resume_waiting(known: Departures, now_ms: int) -> None:
    """Somebody waits again."""
    known.since_ms = now_ms


def stop_waiting(known: Departures, now_ms: int) -> None:
    """Nobody waits any more."""
    known.busy_ms = _busy_ms(known, now_ms)
    known.since_ms = 0


def depart(known: Departures, now_ms: int) -> None:
    """Somebody who has waited goes to an agent."""
    last = known.last
    last.append(Departure(now_ms, _busy_ms(known, now_ms), known.left_ppm))
    if len(last) > DEPARTURES_MAX + 1:
        del last[0]


def take_back(known: Departures) -> None:
    """One who had gone is back: the agent did not take them."""
    if known.last:
        del known.last[-1]


def leave(known: Departures, waiting: int) -> None:
    """One of so many who wait goes without an agent."""
    known.left_ppm += PPM // waiting


def expected_wait(known: Departures | None, place: int, now_ms: int) -> Wait | None:
    """The wait of who stands at this place (1: next); None where too little is known."""
    if known is None or len(known.last) <= DEPARTURES_LEAST:
        return None
    first, last = _first(known.last), known.last[-1]
    count = len(known.last) - 1 - first
    span_ms = _busy_ms(known, now_ms) - known.last[first].busy_ms
    idle_ms = now_ms - last.at_ms - (_busy_ms(known, now_ms) - last.busy_ms)
    if count < DEPARTURES_LEAST or span_ms <= 0 or idle_ms > WINDOW_MS:
        return None
    left = (known.left_ppm - known.last[first].left_ppm) / PPM
    departures = count + left * (place - 1) / 2
    wait_ms = span_ms * place / departures
    low, high = _spread(place, departures)
    return Wait(int(wait_ms), int(wait_ms * low), int(wait_ms * high))


def advance_ms(known: Departures | None) -> int:
    """The mean time between two who go to agents, while somebody waits: how much longer one waits
    who is passed over. As of the last who has gone; 0 where too little is known."""
    if known is None or len(known.last) <= DEPARTURES_LEAST:
        return 0
    first = _first(known.last)
    count = len(known.last) - 1 - first
    if count < DEPARTURES_LEAST:
        return 0
    return (known.last[-1].busy_ms - known.last[first].busy_ms) // count


def _first(last: list[Departure]) -> int:
    """The place of the first departure that is not too old beside the last one."""
    least_ms = last[-1].at_ms - WINDOW_MS
    place = 0
    while last[place].at_ms < least_ms:
        place += 1
    return place


def _busy_ms(known: Departures, now_ms: int) -> int:
    return known.busy_ms + (now_ms - known.since_ms if known.since_ms else 0)


def _spread(place: int, departures: float) -> tuple[float, float]:
    """The quantiles of one and of nine tenths of F with twice these degrees of freedom."""
    a, b = 1 / (9 * place), 1 / (9 * departures)
    top, bottom = 1 - a, 1 - b
    divisor = bottom * bottom - TENTH * TENTH * b
    middle = top * bottom
    inside = a * bottom * bottom + b * top * top - TENTH * TENTH * a * b
    swing = TENTH * sqrt(inside)
    low, high = (middle - swing) / divisor, (middle + swing) / divisor
    return low * low * low, high * high * high
