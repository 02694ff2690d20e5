"""Measured shapes of a day, by name."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("PROFILES", "Shape")


class Shape(NamedTuple):
    """Contacts by interval of a day; ``day_shape`` is that of the gamma factor by which days
    differ."""

    interval_s: float
    counts: tuple[float, ...]
    day_shape: float


PROFILES: Final = {
    # Half hours of a retail bank, 7:00 to 21:00, means over 5.3 million calls. With a gamma factor
    # of shape 140 the variance of a half hour's count is 1 + count / 140 times Poisson's: 6 to 13
    # from the evening's 700 calls to the peak's 1,700, as was measured.
    "bank": Shape(
        interval_s=1_800.0,
        counts=(
            478, 535, 828, 1_095, 1_533, 1_686, 1_700, 1_694, 1_664, 1_617, 1_568, 1_541, 1_499,
            1_485, 1_453, 1_449, 1_406, 1_375, 1_291, 1_160, 983, 860, 754, 674, 593, 542, 484, 445,
        ),
        day_shape=140.0,
    ),
}  # fmt: skip
