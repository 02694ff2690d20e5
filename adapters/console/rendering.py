"""Rendering: templates, and all that every page is given beside what is its own."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from adapters.client.models import Freshness
from adapters.console.acting import actions_for
from adapters.console.addresses import here
from adapters.console.board import LABELS, padded, urgency_parts
from adapters.console.cookies import Cookies, theme_of, zone_of
from adapters.console.eligible import OBSTACLE_WORDS, someone_words
from adapters.console.formats import FILTERS
from adapters.console.navigation import menu
from adapters.console.plots import FUNCTIONS
from adapters.console.viewer import Viewer

__all__ = ("ROOM", "asset", "is_fragment", "render")

ROOM: Final = Path(__file__).parent
LIVE_TARGET: Final = "div#live"
"""What htmx calls the part of a page that is fetched again and again."""

OLD_MS: Final = 5_000
"""Figures whose journal was last read to its end so long ago are told to be old."""


@cache
def environment() -> Environment:
    """Where all templates come from. Everything is escaped, and no name may be missing."""
    made = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    made.globals.update(FUNCTIONS)
    made.globals["asset"] = asset
    made.globals["actions_for"] = actions_for
    made.globals["slug"] = _slug
    made.globals["urgency_parts"] = urgency_parts
    made.globals["padded"] = padded
    made.globals["obstacle_words"] = OBSTACLE_WORDS
    made.globals["someone_words"] = someone_words
    made.globals["urgency_labels"] = list(LABELS.values())
    return made


@cache
def asset(name: str) -> str:
    """The URL of a file of static/, which changes when the file does."""
    digest = sha256((ROOM / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def is_fragment(request: Request) -> bool:
    """Whether only the live part of the page is asked for."""
    return request.headers.get("hx-target") == LIVE_TARGET


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    viewer: Viewer | None = None,
    freshness: Freshness | None = None,
    status: int = 200,
) -> HTMLResponse:
    """A page; or, where only that is asked for, its live part."""
    cookies: Cookies = request.app.state.cookies
    is_part = is_fragment(request)
    notice = None if is_part else cookies.notice(request)
    now_ms = int(time.time() * 1_000)
    age_ms = freshness.age_ms if freshness else 0
    given = {
        "layout": "fragment.html" if is_part else "base.html",
        "viewer": viewer,
        "menu": list(menu(viewer)) if viewer else [],
        "path": request.url.path,
        "here": here(request),
        "theme": theme_of(request),
        "zone": zone_of(request),
        "notice": notice,
        "now_ms": now_ms,
        "as_of_ms": now_ms - age_ms,
        "is_old": age_ms > OLD_MS,
        "rooms": request.app.state.rooms,
        "every_s": 0,
        **context,
    }
    response = HTMLResponse(environment().get_template(template).render(given), status)
    if notice is not None:
        cookies.told(response)
    return response


def _slug(text: str) -> str:
    """An id of an element for any name: the same for the same, another for another."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain if plain == text else f"{plain}-{sha256(text.encode()).hexdigest()[:6]}"
