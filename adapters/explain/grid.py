"""A grid of texts: drawn as a table on a terminal, as plain aligned columns anywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:  # rich takes 50 ms that `--help` need not pay
    from rich.console import Console

__all__ = ("LOUD", "Grid", "Page", "plain_lines", "print_page")

GAP: Final = "  "
LOUD: Final = "MISMATCH"
"""Lines that begin with it are red on a terminal."""


class Grid(NamedTuple):
    """Columns and rows; ``right`` names the columns that are aligned to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """As plain text."""
        widths = [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]
        return [self._line(row, widths) for row in (self.columns, *self.rows)]

    def _line(self, row: tuple[str, ...], widths: list[int]) -> str:
        cells = [
            cell.rjust(width) if name in self.right else cell.ljust(width)
            for name, cell, width in zip(self.columns, row, widths, strict=True)
        ]
        return GAP + GAP.join(cells).rstrip()


Page = list[str | Grid]
"""Lines of text and grids, from top to bottom."""


def plain_lines(page: Page) -> list[str]:
    """The page as plain text."""
    return [line for part in page for line in ([part] if isinstance(part, str) else part.lines())]


def print_page(page: Page, console: Console) -> None:
    """Write a page, with real tables where the console is a terminal."""
    for part in page:
        if isinstance(part, str):
            loud = "bold red" if part.startswith(LOUD) else None
            console.print(part, markup=False, style=loud)
        elif console.is_terminal:
            _print_table(part, console)
        else:
            for line in part.lines():
                console.print(line, markup=False)


def _print_table(grid: Grid, console: Console) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in grid.columns:
        right = name in grid.right
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*map(Text, row))
    console.print(table, soft_wrap=False)
