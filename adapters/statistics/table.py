"""The figures as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from adapters.explain.grid import Grid, Page

__all__ = ("Window", "page_of")

Figures: TypeAlias = dict[str, Any]
Window: TypeAlias = Literal["interval", "day"]
_Cell: TypeAlias = Callable[[Figures, Window], str]

NONE: Final = "–"


def page_of(figures: Figures, window: Window) -> Page:
    """The table, with a line above that says of when and a line below that tells of the agents."""
    by = figures["by"]
    columns = _AGENTS if by == "agent" else _GROUPS
    if by == "skill":
        columns = {**columns, **_SKILLS}
    rows = [(row[by], row) for row in figures["rows"] if _is_of_interest(row)]
    if by in {"queue", "channel"}:
        rows.append(("all", figures["total"]))
    grid = Grid(
        (by, *columns),
        tuple((name, *(cell(row, window) for cell in columns.values())) for name, row in rows),
        right=tuple(columns),
    )
    return [_head(figures, window), grid, _agents(figures, window)]


def _is_of_interest(row: Figures) -> bool:
    """Whether there is anything to tell: today, or now."""
    if "in_hand" in row:
        return bool(row["is_signed_in"] or row["in_hand"] or row["day"]["staffed_s"])
    if row.get("agents", {}).get("available"):
        return True
    now = ("waiting", "suspended", "with_agents", "in_wrap_up")
    counted = ("offered", "answered", "abandoned", "abandoned_short", "diverted")
    return any(row[name] for name in now) or any(row["day"][name] for name in counted)


def _head(figures: Figures, window: Window) -> str:
    zone = ZoneInfo(figures["zone"])
    as_of = datetime.fromtimestamp(figures["as_of_ms"] / 1_000, zone)
    since = datetime.fromtimestamp(figures[f"{window}_from_ms"] / 1_000, zone)
    return f"{as_of:%Y-%m-%d %H:%M:%S} {figures['zone']}; counts since {since:%H:%M}"


def _agents(figures: Figures, window: Window) -> str:
    agents = figures["agents"]
    statuses = [
        f"{count:,} {name.replace('_', ' ')}" for name, count in agents["by_status"].items()
    ]
    activities = [f"{count:,} {name}" for name, count in agents["by_activity"].items()]
    words = [f"agents: {', '.join(statuses) or 'none'}", f"{agents['working']:,} with work in hand"]
    if activities:
        words.append(f"doing: {', '.join(activities)}")
    words.append(f"occupancy {_share(agents['occupancy'][window])}")
    return "; ".join(words)


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    """12 s, 3:05, 2:10:00."""
    if value is None:
        return NONE
    whole = int(value)
    if whole < 60:
        return f"{whole} s"
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _abandoned(row: Figures, window: Window) -> str:
    counts = row[window]
    short = f" (+{counts['abandoned_short']:,})" if counts["abandoned_short"] else ""
    return f"{counts['abandoned']:,}{short}"


_GROUPS: Final[dict[str, _Cell]] = {
    "waiting": lambda row, _: f"{row['waiting']:,}",
    "longest": lambda row, _: _seconds(row["longest_wait_s"]) if row["waiting"] else NONE,
    "overdue": lambda row, _: f"{row['overdue']:,}",
    "with agents": lambda row, _: f"{row['with_agents']:,}",
    "offered": lambda row, window: f"{row[window]['offered']:,}",
    "answered": lambda row, window: f"{row[window]['answered']:,}",
    "abandoned": _abandoned,
    "diverted": lambda row, window: f"{row[window]['diverted']:,}",
    "mean wait": lambda row, window: _seconds(row[window]["wait_mean_s"]),
    "max": lambda row, window: _seconds(row[window]["wait_max_s"] or None),
    "SL": lambda row, window: _share(row[window]["service_level"]),
    "SL day": lambda row, _: _share(row["day"]["service_level"]),
}
_SKILLS: Final[dict[str, _Cell]] = {
    "agents": lambda row, _: f"{row['agents']['available']:,}",
    "occupancy": lambda row, window: _share(row["agents"]["occupancy"][window]),
}
_AGENTS: Final[dict[str, _Cell]] = {
    "status": lambda row, _: row["status"].replace("_", " "),
    "activity": lambda row, _: row["activity"] or NONE,
    "in hand": lambda row, _: f"{row['in_hand']:,}",
    "offers": lambda row, window: f"{row[window]['offers']['issued']:,}",
    "accepted": lambda row, window: f"{row[window]['offers']['accepted']:,}",
    "declined": lambda row, window: f"{row[window]['offers']['declined']:,}",
    "expired": lambda row, window: f"{row[window]['offers']['expired']:,}",
    "staffed": lambda row, window: _seconds(row[window]["staffed_s"]),
    "occupancy": lambda row, window: _share(row[window]["occupancy"]),
    "day": lambda row, _: _share(row["day"]["occupancy"]),
}
