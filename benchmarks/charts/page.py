"""A page that needs nothing but itself: styles, scripts and figures in one file.

It says so to the browser as well (a content security policy without any address), so that a report
of somebody else's data can fetch nothing and tell nobody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from benchmarks.charts.markup import Markup, joined, tag
from benchmarks.charts.palette import MUTED, RAMP, SERIES, css_variables, dark_colours

__all__ = ("Page", "embedded", "write_page")

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Page:
    """A report: what it is of, and its parts in order."""

    kind: str
    title: str
    lead: str
    parts: tuple[Markup, ...]


def write_page(page: Page, path: Path) -> None:
    """Write the report, about 5 MB: most of it is the script that draws. Raises OSError."""
    path.write_text(_html(page), encoding="utf-8")


def embedded(value: Any) -> Markup:
    """JSON as it may stand inside a script element: nothing in it can end the element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


def _html(page: Page) -> str:
    from plotly.offline import get_plotlyjs  # reads 5 MB

    return Template(_text("page.html")).substitute(
        title=escape(f"{page.title} · {page.kind}"),
        light=css_variables(dark=False),
        dark=css_variables(dark=True),
        series=_series_classes(),
        style=_text("page.css"),
        body=joined([_head(page), *page.parts, _foot()]),
        colours=embedded(dark_colours()),
        plotly=get_plotlyjs(),
        script=_text("page.js"),
    )


def _head(page: Page) -> Markup:
    lead = [tag("p", page.lead, class_="lead")] if page.lead else []
    return tag(
        "header",
        tag("p", f"OneQueue · {page.kind}", class_="eyebrow"),
        tag("h1", page.title),
        *lead,
    )


def _foot() -> Markup:
    return tag("footer", "Made by onequeue. This page is one file: it fetches nothing, and prints.")


def _series_classes() -> str:
    """A class for each colour of a legend."""
    roles = (*SERIES, *RAMP, MUTED)
    return "\n".join(f".{role.name} {{ color: var(--{role.name}); }}" for role in roles)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
