"""The dress of every figure, and lines over time.

Each function gives a plotly figure in the colours for light pages, without title and legend: those
are part of the page, where they wrap on a phone and are read aloud. Names are escaped, for plotly
takes some HTML in them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, TypeAlias

import plotly.graph_objects as go

from benchmarks.charts.palette import MUTED, ROLES, Role
from benchmarks.charts.thinning import POINTS_MAX, Taken, thinned

__all__ = ("CARD", "GRID", "INK_2", "Band", "Figure", "Line", "Window", "figure", "lines")

Figure: TypeAlias = go.Figure

PLOT_HEIGHT: Final = 300
POINTS_WITH_MARKERS: Final = 40
"""Up to so many points are marked one by one."""

_BY_NAME: Final = {role.name: role.light for role in ROLES}
DECADES_FINE: Final = 2.4
"""Up to so many decades lines at 1, 2 and 5 have room; beyond, at powers of ten."""

GRID, _LINE, INK_2 = _BY_NAME["grid"], _BY_NAME["line"], _BY_NAME["ink-2"]
CARD: Final = _BY_NAME["card"]
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


@dataclass(frozen=True, slots=True)
class Line:
    """One line over time. ``values``: one for each time, None for a gap."""

    name: str
    values: Sequence[float | None]
    role: Role
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two lines, shaded."""

    low: Sequence[float | None]
    high: Sequence[float | None]
    role: Role


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that is shaded, with a word to it."""

    from_s: float
    until_s: float
    label: str


def figure(traces: Sequence[Any], *, height: int = PLOT_HEIGHT, **layout: Any) -> Figure:
    """Traces in the dress of the house; ``layout`` overrides it."""
    dress: dict[str, Any] = {
        "template": "none",
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 20, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "size": 13, "color": INK_2},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": CARD,
            "bordercolor": _LINE,
            "font": {"color": _BY_NAME["ink"], "family": _FONT, "size": 13},
        },
        "dragmode": False,
    }
    made = Figure(data=list(traces), layout={**dress, **layout})
    made.update_xaxes(**_axis(), showgrid=False, showline=True, linecolor=_LINE, ticks="outside")
    made.update_yaxes(**_axis(), gridcolor=GRID, showline=False)
    return made


def _axis() -> dict[str, Any]:
    return {
        "zeroline": False,
        "automargin": True,
        "tickcolor": _LINE,
        "ticklen": 4,
        "title": {"font": {"size": 13}, "standoff": 8},
    }


def lines(
    at_s: Sequence[float],
    drawn: Sequence[Line],
    *,
    unit: str = "",
    windows: Sequence[Window] = (),
    band: Band | None = None,
    log: bool = False,
    share: bool = False,
    take: Taken = "mean",
    points: int = POINTS_MAX,
) -> Figure:
    """Lines over time. ``share``: values are shares of one, drawn up to 100 %. ``take``: what
    stands for the values that fall together when there are more than ``points``."""
    divisor, words = _clock(at_s)
    traces = [] if band is None else [*_band(band, at_s, divisor)]
    traces += [
        _line(line, *thinned(at_s, line.values, take, points), divisor, unit, share=share)
        for line in drawn
    ]
    made = figure(traces, shapes=[_shade(one, divisor) for one in windows])
    for one in windows:
        made.add_annotation(_window_label(one, divisor))
    made.update_xaxes(title_text=words, range=_reach(at_s, divisor))
    if share:
        made.update_yaxes(tickformat=".0%", range=[0, 1.04])
    elif log:
        low, high = _ends(drawn)
        made.update_yaxes(
            type="log", range=[low, high], dtick="D2" if high - low <= DECADES_FINE else 1,
            tickformat=",~r",
        )  # fmt: skip
    else:
        made.update_yaxes(rangemode="tozero", tickformat=",~r")
    return made


def _line(
    line: Line,
    at_s: Sequence[float],
    values: Sequence[float | None],
    divisor: float,
    unit: str,
    *,
    share: bool,
) -> go.Scatter:
    shown = "%{y:.1%}" if share else f"%{{y:,.4~g}} {escape(unit)}"
    return go.Scatter(
        x=[at / divisor for at in at_s],
        y=list(values),
        name=escape(line.name),
        mode="lines+markers" if _scattered(values) else "lines",
        marker={"size": 6, "color": line.role.light},
        line={
            "color": line.role.light,
            "width": 2,
        },
        fill="tozeroy" if line.filled else None,
        fillcolor=f"{line.role.light}26" if line.filled else None,
        hovertemplate=shown.strip(),
    )


def _scattered(values: Sequence[float | None]) -> bool:
    """Whether points have to be marked: there are few, or single ones between gaps make no line."""
    around = zip([None, *values], values, [*values[1:], None], strict=False)
    alone = sum(1 for before, at, after in around if at is not None and before is after is None)
    found = sum(value is not None for value in values)
    return found <= POINTS_WITH_MARKERS or alone > found // 4


def _band(band: Band, at_s: Sequence[float], divisor: float) -> Iterator[go.Scatter]:
    for values, fill in ((band.low, None), (band.high, "tonexty")):
        at, kept = thinned(at_s, values, "mean")
        yield go.Scatter(
            x=[one / divisor for one in at],
            y=kept,
            mode="lines",
            line={"width": 0},
            fill=fill,
            fillcolor=f"{band.role.light}33",
            hoverinfo="skip",
        )


def _clock(at_s: Sequence[float]) -> tuple[float, str]:
    span = (max(at_s) - min(at_s)) if at_s else 0.0
    if span <= 180:
        return 1.0, "seconds since the start"
    if span <= 3 * 3_600:
        return 60.0, "minutes since the start"
    return 3_600.0, "hours since the start"


def _reach(at_s: Sequence[float], divisor: float) -> list[float] | None:
    if len(at_s) < 2:
        return None
    return [min(0.0, min(at_s)) / divisor, max(at_s) / divisor]


def _ends(drawn: Sequence[Line]) -> tuple[float, float]:
    """Where a logarithmic axis begins and ends: at 1, 2 or 5 times a power of ten."""
    found = [value for line in drawn for value in line.values if value is not None and value > 0]
    if not found:
        return 0.0, 1.0
    low = max(mark for mark in _marks(min(found)) if mark <= math.log10(min(found)) + 1e-9)
    high = min(mark for mark in _marks(max(found)) if mark >= math.log10(max(found)) - 1e-9)
    return low, max(high, low + 0.3)


def _marks(value: float) -> list[float]:
    decade = math.floor(math.log10(value))
    return [decade + step for step in (0.0, math.log10(2), math.log10(5), 1.0)]


def _shade(window: Window, divisor: float) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
        "x0": window.from_s / divisor, "x1": window.until_s / divisor,
        "fillcolor": f"{MUTED.light}1f", "line": {"width": 0},
    }  # fmt: skip


def _window_label(window: Window, divisor: float) -> dict[str, Any]:
    return {
        "x": window.from_s / divisor, "xref": "x", "y": 1, "yref": "paper", "xanchor": "left",
        "yanchor": "bottom", "showarrow": False, "text": escape(window.label), "font": {"size": 12},
    }  # fmt: skip
