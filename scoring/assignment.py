"""The joint assignment: who gets what when several agents and several interactions are contested.

A rectangular linear assignment problem by shortest augmenting paths (Jonker and Volgenant 1987),
in integers: every host finds the same sum, however large the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.native.library import assign_rows, is_built

__all__ = ("CELLS_MAX", "VALUE_MAX", "assign")

VALUE_MAX: Final = 1_000_000_000
"""Values count up to this (1,000 targets of waiting): so many past due are all equally urgent."""

CELLS_MAX: Final = 65_536
"""The largest matrix: sums of what its pairs are worth then stay far below 2**63."""

Matrix = NDArray[np.int64]


def assign(rows: int, columns: int, values: Mapping[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The best pairs (row, column), each row and column at most once.

    ``values`` holds the pairs that are possible, in ppm. The most pairs come first, then the
    highest sum of values, then the lowest sum of columns, then the lowest sum of rows. Raises
    ValueError past ``CELLS_MAX``.
    """
    if rows * columns > CELLS_MAX:
        raise ValueError(f"{rows} × {columns} is more than {CELLS_MAX} cells")
    worth: Matrix = np.zeros((rows, columns), dtype=np.int64)
    # a pair counts more than all values together, a value more than all columns and rows
    pair = 2 * VALUE_MAX * rows * columns * (min(rows, columns) + 1)
    for (row, column), value in values.items():
        counted = max(-VALUE_MAX, min(value, VALUE_MAX)) + VALUE_MAX
        ties = (columns - 1 - column) * rows + (rows - 1 - row)
        worth[row, column] = pair + counted * rows * columns + ties
    solve = assign_rows if is_built() else _assign_rows
    if rows <= columns:
        chosen = list(enumerate(solve(worth)))
    else:
        chosen = [(row, column) for column, row in enumerate(solve(worth.T.copy()))]
    return [place for place in chosen if place in values]


def _assign_rows(worth: Matrix) -> list[int]:
    """The column of each row, where nothing was compiled: the same paths in NumPy."""
    rows, columns = worth.shape
    row_price, column_price = np.zeros(rows, np.int64), np.zeros(columns, np.int64)
    row_at = np.full(columns, -1)
    for row in range(rows):
        _augment(worth, row, row_at, row_price, column_price)
    column_of = [0] * rows
    for column in np.flatnonzero(row_at >= 0).tolist():
        column_of[row_at[column]] = column
    return column_of


def _augment(
    worth: Matrix, row: int, row_at: Matrix, row_price: Matrix, column_price: Matrix
) -> None:
    """Find a place for one more row, moving others along the cheapest path."""
    columns = len(row_at)
    slack = np.full(columns, np.iinfo(np.int64).max)
    came_from, reached = np.full(columns, -1), np.zeros(columns, dtype=np.bool_)
    path, at, here = [row], -1, row
    while True:
        cost = -worth[here] - row_price[here] - column_price
        better = ~reached & (cost < slack)
        slack[better], came_from[better] = cost[better], at
        at = int(np.where(reached, np.iinfo(np.int64).max, slack).argmin())
        step = int(slack[at])
        row_price[path] += step
        column_price[reached] -= step
        slack[~reached] -= step
        reached[at] = True
        if row_at[at] < 0:
            break
        here = int(row_at[at])
        path.append(here)
    while at >= 0:
        before = int(came_from[at])
        row_at[at] = row_at[before] if before >= 0 else row
        at = before
