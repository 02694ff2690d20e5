"""How arrays grow: to twice their length, the new half empty."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ("doubled",)

Scalar = TypeVar("Scalar", bound=np.generic)


def doubled(array: NDArray[Scalar], axis: int = 0) -> NDArray[Scalar]:
    """A copy of twice the length along an axis, zeros behind what was there.

    What is not written to costs nothing yet: the system gives such memory when it is first used.
    """
    shape = list(array.shape)
    shape[axis] *= 2
    copy: NDArray[Scalar] = np.zeros(shape, dtype=array.dtype)
    copy[tuple(slice(length) for length in array.shape)] = array
    return copy
