"""The figures of a time that goes on as a table for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from adapters.explain.grid import Grid, Page
from adapters.explain.words import printable
from adapters.often_declined import OFTEN
from adapters.statistics.cells import COUNTED, DONE, NONE, Columns, seconds, share, splits
from adapters.statistics.figures import Figures
from adapters.statistics.grouping import AGENT, SKILL, Grouping

__all__ = ("Window", "page_of")

Window: TypeAlias = Literal["interval", "day"]
_Cell: TypeAlias = Callable[[Figures, Window], str]


def page_of(
    figures: Figures, by: Grouping, window: Window, thresholds_s: tuple[int, ...] = ()
) -> Page:
    """The table, with a line above that says of when and a line below that tells of the agents;
    with columns for the waits that are asked for."""
    columns = _AGENTS if by == AGENT else {**_STANDING, **_of(splits(thresholds_s)), **_DAY}
    if by == SKILL:
        columns = {**columns, **_SKILLS}
    rows = [([row[name] for name in by], row) for row in figures["rows"] if _is_of_interest(row)]
    if by not in (AGENT, SKILL):
        rows.append((["all", *[""] * (len(by) - 1)], figures["total"]))
    grid = Grid(
        (*(by or ("total",)), *columns),
        tuple(
            (*map(printable, names), *(cell(row, window) for cell in columns.values()))
            for names, row in rows
        ),
        right=tuple(columns),
    )
    return [_head(figures, window), grid, _agents(figures, window), *_declined_often(figures)]


def _declined_often(figures: Figures) -> list[str]:
    """The line that names what agents pass on and on, where there is anything."""
    found = figures["declined_often"]
    count, names = found["interactions"], [printable(name) for name in found["first"]]
    if not count:
        return []
    more = [f"{count - len(names):,} more"] if count > len(names) else []
    return [f"declined {OFTEN} times or more: {', '.join([*names, *more])}"]


def _of(columns: Columns) -> dict[str, _Cell]:
    """The same columns, of the counts of a window."""
    return {name: _of_window(cell) for name, cell in columns.items()}


def _of_window(cell: Callable[[Figures], str]) -> _Cell:
    return lambda row, window: cell(row[window])


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
    words.append(f"occupancy {share(agents[window]['occupancy'])}")
    return "; ".join(words)


_STANDING: Final[dict[str, _Cell]] = {
    "waiting": lambda row, _: f"{row['waiting']:,}",
    "longest": lambda row, _: seconds(row["longest_wait_s"]) if row["waiting"] else NONE,
    "overdue": lambda row, _: f"{row['overdue']:,}",
    "with agents": lambda row, _: f"{row['with_agents']:,}",
    **_of(COUNTED),
}
_DAY: Final[dict[str, _Cell]] = {
    "SL day": lambda row, _: share(row["day"]["service_level"]),
}
_SKILLS: Final[dict[str, _Cell]] = {
    "agents": lambda row, _: f"{row['agents']['available']:,}",
    "occupancy": lambda row, window: share(row["agents"][window]["occupancy"]),
}
_AGENTS: Final[dict[str, _Cell]] = {
    "status": lambda row, _: row["status"].replace("_", " "),
    "activity": lambda row, _: row["activity"] or NONE,
    "in hand": lambda row, _: f"{row['in_hand']:,}",
    **_of(DONE),
    "day": lambda row, _: share(row["day"]["occupancy"]),
}
