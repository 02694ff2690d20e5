"""Cells: figures as short texts for people, and what the columns of the tables are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from adapters.statistics.figures import Figures

__all__ = ("COUNTED", "DONE", "HANDLED", "NONE", "SPENT", "Columns", "seconds", "share", "splits")

Columns: TypeAlias = dict[str, Callable[[Figures], str]]
"""What a column is called, and what it says of the counts of a row."""

NONE: Final = "–"


def share(value: float | None) -> str:
    """78%."""
    return NONE if value is None else f"{value:.0%}"


def seconds(value: float | None) -> str:
    """12 s, 3:05, 2:10:00."""
    if value is None:
        return NONE
    whole = int(value)
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def splits(thresholds_s: tuple[int, ...]) -> Columns:
    """Two columns for each threshold: who was answered within it, and who gave up."""
    columns: Columns = {}
    for threshold_s in thresholds_s:
        for name in ("answered", "abandoned"):
            columns[f"{name} ≤{threshold_s} s"] = _within(name, str(threshold_s))
    return columns


def _within(name: str, threshold_s: str) -> Callable[[Figures], str]:
    return lambda counts: f"{counts[f'{name}_within_s'][threshold_s]:,}"


def _abandoned(counts: Figures) -> str:
    short = f" (+{counts['abandoned_short']:,})" if counts["abandoned_short"] else ""
    return f"{counts['abandoned']:,}{short}"


def _activities(counts: Figures) -> str:
    told = (f"{name} {seconds(spent_s)}" for name, spent_s in counts["activity_s"].items())
    return ", ".join(told) or NONE


COUNTED: Final[Columns] = {
    "offered": lambda counts: f"{counts['offered']:,}",
    "answered": lambda counts: f"{counts['answered']:,}",
    "abandoned": _abandoned,
    "diverted": lambda counts: f"{counts['diverted']:,}",
    "mean wait": lambda counts: seconds(counts["wait_mean_s"]),
    "max": lambda counts: seconds(counts["wait_max_s"]),
    "SL": lambda counts: share(counts["service_level"]),
}
HANDLED: Final[Columns] = {
    "completed": lambda counts: f"{counts['completed']:,}",
    "handle": lambda counts: seconds(counts["handle_mean_s"]),
    "wrap-up": lambda counts: seconds(counts["wrap_up_mean_s"]),
}
DONE: Final[Columns] = {
    "offers": lambda counts: f"{counts['offers']['issued']:,}",
    "accepted": lambda counts: f"{counts['offers']['accepted']:,}",
    "declined": lambda counts: f"{counts['offers']['declined']:,}",
    "expired": lambda counts: f"{counts['offers']['expired']:,}",
    **HANDLED,
    "staffed": lambda counts: seconds(counts["staffed_s"]),
    "occupancy": lambda counts: share(counts["occupancy"]),
}
SPENT: Final[Columns] = {
    "unavailable": lambda counts: seconds(counts["status_s"]["unavailable"]),
    "activities": _activities,
}
