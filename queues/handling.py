"""Whether what somebody has in hand will be over in time, from how long such things have lasted
(docs/workflows.md, "Free in time").

What has lasted for a while is one of those that last so long: of the spells known, those count that
were not over by then, and the share of them that ended within the time that is left is the
probability that this one does. That is the product-limit estimate of what is left of a life, where
all lives are known to their end. It says neither that times are memoryless (for those nothing that
has lasted would tell anything) nor of which form they are.

* E. L. Kaplan, P. Meier: Nonparametric Estimation from Incomplete Observations, Journal of the
  American Statistical Association 53, 1958.
* L. Brown, N. Gans, A. Mandelbaum, A. Sakov, H. Shen, S. Zeltyn, L. Zhao: Statistical Analysis of a
  Telephone Call Center, Journal of the American Statistical Association 100, 2005: handling times
  are lognormal rather than exponential, so that a call's age does tell something.

Probabilities are fractions of small numbers, and exact: a replay finds the same ones.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from queues.handled import Handled

__all__ = (
    "SPELLS_LEAST",
    "SPELLS_MAX",
    "remember",
    "work_ends_in_time",
    "wrap_up_ends_in_time",
)

SPELLS_MAX: Final = 64
"""Spells from which it is estimated: enough to tell one half from one quarter, few enough to follow
the day."""

SPELLS_LEAST: Final = 8
"""With fewer that have lasted as long, nothing is said."""

UNKNOWN: Final = Fraction(1)
"""Of what too little is known, the best is expected: nobody is passed over for that."""


def remember(known: Handled, worked_ms: int, wrap_up_ms: int) -> None:
    """A spell is over, and so is the wrap-up after it."""
    known.worked_ms.append(worked_ms)
    known.wrap_up_ms.append(wrap_up_ms)
    if len(known.worked_ms) > SPELLS_MAX:
        del known.worked_ms[0], known.wrap_up_ms[0]


def work_ends_in_time(known: Handled | None, lasted_ms: int, left_ms: int) -> Fraction:
    """The probability that what has lasted so long is over, wrap-up included, before so much more
    time has passed."""
    if known is None or len(known.worked_ms) < SPELLS_LEAST:
        return UNKNOWN
    lasted_ms = _as_long(known.worked_ms, lasted_ms)
    spells = zip(known.worked_ms, known.wrap_up_ms, strict=True)
    both = [worked + wrap_up for worked, wrap_up in spells if worked >= lasted_ms]
    return _share_before(both, lasted_ms + left_ms)


def wrap_up_ends_in_time(known: Handled | None, lasted_ms: int, left_ms: int) -> Fraction:
    """The same of a wrap-up that has lasted so long."""
    wrap_ups = [] if known is None else [lasted for lasted in known.wrap_up_ms if lasted]
    if len(wrap_ups) < SPELLS_LEAST:
        return UNKNOWN
    lasted_ms = _as_long(wrap_ups, lasted_ms)
    longer = [lasted for lasted in wrap_ups if lasted >= lasted_ms]
    return _share_before(longer, lasted_ms + left_ms)


def _as_long(spells_ms: list[int], lasted_ms: int) -> int:
    """The age by which it is judged: what has lasted longer than nearly all is taken to be like the
    longest of them."""
    return min(lasted_ms, sorted(spells_ms)[-SPELLS_LEAST])


def _share_before(ends_ms: list[int], before_ms: int) -> Fraction:
    return Fraction(sum(1 for end_ms in ends_ms if end_ms < before_ms), len(ends_ms))
