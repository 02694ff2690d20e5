"""The colours of every report: one restrained palette, on paper and on a dark screen.

Figures are made in the colours for light pages; the page's script puts the dark ones in their place
by this table, so that a figure is described once. The hues of series keep their order, and were
chosen to differ for people who see red and green alike; none of them is the only sign of anything.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ("ACCENT", "MUTED", "RAMP", "ROLES", "SERIES", "Role", "css_variables", "dark_colours")


class Role(NamedTuple):
    """A colour by what it stands for. Hexadecimal, as CSS and plotly have it."""

    name: str
    light: str
    dark: str


SERIES: Final = (
    Role("series-0", "#2a78d6", "#3987e5"),
    Role("series-1", "#e8743b", "#e07a48"),
    Role("series-2", "#1a9c74", "#2fb189"),
    Role("series-3", "#8a5fc7", "#a58be0"),
    Role("series-4", "#c99100", "#d3a423"),
    Role("series-5", "#c9538c", "#df78ab"),
    Role("series-6", "#4f6b7a", "#8fa7b3"),
    Role("series-7", "#7a5a3a", "#b8946c"),
)
"""Of things that differ in kind: processes, channels."""

RAMP: Final = (
    Role("ramp-0", "#9cc3ee", "#244f82"),
    Role("ramp-1", "#4a8fdc", "#3b7fcc"),
    Role("ramp-2", "#17508f", "#9cc6f5"),
)
"""Of steps of one measure, from the usual to the rare: p50, p90, p99."""

ACCENT: Final = SERIES[0]
MUTED: Final = Role("muted", "#8b8a84", "#8d8c86")

ROLES: Final = (
    Role("page", "#f7f7f4", "#111110"),
    Role("card", "#fdfdfc", "#1b1b1a"),
    Role("ink", "#161615", "#f4f3ef"),
    Role("ink-2", "#55544f", "#bdbcb5"),
    Role("grid", "#e3e2dc", "#30302d"),
    Role("line", "#bfbeb6", "#4a4a46"),
    Role("good", "#0f7b3f", "#4cc27f"),
    Role("bad", "#b3261e", "#ff8a80"),
    Role("good-back", "#e8f4ec", "#15291d"),
    Role("bad-back", "#fbeae8", "#35191a"),
    MUTED,
    *SERIES,
    *RAMP,
)


def css_variables(*, dark: bool) -> str:
    """Declarations of all roles, for one of the two schemes."""
    return " ".join(f"--{role.name}: {role.dark if dark else role.light};" for role in ROLES)


def dark_colours() -> dict[str, str]:
    """What stands on a dark page for each colour of a light one."""
    return {role.light: role.dark for role in ROLES}
