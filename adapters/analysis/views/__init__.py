"""Ready views: a file of SQL each, whose first line says what it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

__all__ = ("VIEWS", "View")


class View(NamedTuple):
    """One of them."""

    name: str
    meaning: str
    sql: str


def _read(path: Path) -> View:
    sql = path.read_text(encoding="utf-8")
    meaning, _, query = sql.partition("\n")
    return View(path.stem, meaning.removeprefix("-- "), query)


VIEWS: Final[dict[str, View]] = {
    path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.sql"))
}
"""By name; what they ask is in the tables, not in one another."""
