"""Figures in rows, each with its name above it: bars from zero, estimates with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from benchmarks.charts.palette import ACCENT, MUTED, Role
from benchmarks.charts.plots import CARD, GRID, INK_2, Figure, figure

__all__ = ("Bar", "Interval", "bars", "intervals")

ROW_HEIGHT: Final = 46
"""With the label above the figure: beside it there is no room on a phone."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, and what is written at its end."""

    label: str
    value: float
    said: str


@dataclass(frozen=True, slots=True)
class Interval:
    """One estimate, with half the width of its interval. ``said`` stands at the row's end,
    ``detail`` when one points at it."""

    label: str
    mean: float
    half_width: float
    said: str
    detail: str
    role: Role = MUTED


def bars(rows: Sequence[Bar], *, most: float | None = None, role: Role = ACCENT) -> Figure:
    """Bars from zero, the first on top. ``most``: where the axis ends (by itself if None)."""
    made = figure(
        [
            go.Bar(
                x=[row.value for row in rows],
                y=list(range(len(rows))),
                orientation="h",
                width=0.34,
                marker={"color": role.light},
                text=[escape(row.said) for row in rows],
                textposition="none",
                hovertemplate="%{customdata}: %{text}<extra></extra>",
                customdata=[escape(row.label) for row in rows],
            )
        ],
        height=ROW_HEIGHT * len(rows) + 20,
        hovermode="closest",
        annotations=[*_row_labels([(row.label, row.said) for row in rows])],
    )
    end = most if most is not None else max((row.value for row in rows), default=1.0) or 1.0
    made.update_xaxes(range=[0, end], visible=False)
    _as_rows(made, len(rows))
    return made


def intervals(
    rows: Sequence[Interval],
    *,
    tick_format: str = ",.3~g",
    goals: Mapping[str, float] | None = None,
) -> Figure:
    """Estimates as points with their intervals, the first on top; ``goals``: upright lines."""
    made = figure(
        [
            go.Scatter(
                x=[row.mean for row in rows],
                y=list(range(len(rows))),
                mode="markers",
                marker={"size": 9, "color": [row.role.light for row in rows]},
                error_x={
                    "type": "data", "array": [row.half_width for row in rows],
                    "color": INK_2, "thickness": 1.5, "width": 0,
                },
                text=[escape(row.detail) for row in rows],
                customdata=[escape(row.label) for row in rows],
                hovertemplate="%{customdata}: %{text}<extra></extra>",
            )
        ],
        height=ROW_HEIGHT * len(rows) + 52,
        hovermode="closest",
        annotations=[*_row_labels([(row.label, row.said) for row in rows])],
    )  # fmt: skip
    made.update_xaxes(tickformat=tick_format, showgrid=True, gridcolor=GRID)
    _as_rows(made, len(rows))
    for words, at in (goals or {}).items():
        made.add_vline(
            x=at, line={"color": INK_2, "width": 1, "dash": "dash"},
            annotation={"text": escape(words), "font": {"size": 12}, "yanchor": "bottom"},
        )  # fmt: skip
    return made


def _row_labels(rows: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The name of each row above it at the left, its figure at the right."""
    shared = {
        "xref": "paper", "showarrow": False, "yshift": 15, "font": {"size": 13}, "bgcolor": CARD,
    }  # fmt: skip
    return [
        {**shared, "y": place, "x": x, "xanchor": anchor, "text": escape(words)}
        for place, row in enumerate(rows)
        for x, anchor, words in ((0, "left", row[0]), (1, "right", row[1]))
    ]


def _as_rows(made: Figure, rows: int) -> None:
    made.update_yaxes(range=[rows - 0.6, -0.75], visible=False, fixedrange=True)
