"""The app: every page, the guards around them, and the files that they load.

How a page joins: ``pages/<name>.py`` has an ``APIRouter`` called ``router``, which is named in
:data:`PAGES` here; if it is in the menu, navigation.py has its entry. ``pages/queues.py`` with
``templates/queues.html`` is a small one to begin with; docs/console.md ("How a page is made") tells
what the parts do.
"""

from __future__ import annotations

from typing import Final

import structlog
from fastapi import FastAPI
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from adapters.console.cookies import Cookies
from adapters.console.guarding import Guards
from adapters.console.pages import (
    actions,
    agents,
    appearance,
    drafts,
    health,
    interactions,
    journeys,
    login,
    objectives,
    previews,
    queues,
    rescue,
    search,
    skills,
    suggestions,
    tuning,
    wallboard,
    why,
)
from adapters.console.provider import Provider
from adapters.console.reach import Reach
from adapters.console.refusals import add_refusals
from adapters.console.rendering import ROOM
from adapters.console.renewing import Renewing
from adapters.console.request_log import PageLog
from adapters.console.sealing import Sealing, fresh_secret
from adapters.console.settings import ConsoleSettings

__all__ = ("PAGES", "build_console", "close_console")

PAGES: Final = (
    login.router,
    appearance.router,
    health.router,
    wallboard.router,
    queues.router,
    interactions.router,
    agents.router,
    search.router,
    previews.router,
    suggestions.router,
    tuning.router,
    drafts.router,
    skills.router,
    objectives.router,
    why.router,
    journeys.router,
    rescue.router,
    actions.router,
)
"""One file for each page, or for a few that belong together."""


def build_console(
    settings: ConsoleSettings,
    *,
    reach: Reach | None = None,
    logger: structlog.stdlib.BoundLogger | None = None,
) -> FastAPI:
    """The app. Whoever runs it calls :func:`close_console`."""
    app = FastAPI(title="OneQueue console", openapi_url=None, docs_url=None, redoc_url=None)
    is_secure = settings.tls_cert is not None or (settings.public_url or "").startswith("https:")
    sealing = Sealing(settings.secrets or (fresh_secret(),))
    app.state.settings = settings
    app.state.cookies = Cookies(sealing, settings.session_s, is_secure=is_secure)
    app.state.reach = reach or Reach(settings)
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    app.state.is_draining = False
    # the first parts of all paths, by which templates know which pages there are to link to
    app.state.rooms = {
        route.path.split("/")[1]
        for router in PAGES
        for route in router.routes
        if isinstance(route, Route)
    }
    for router in PAGES:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=ROOM / "static"))
    log = logger or structlog.get_logger()
    if app.state.provider is not None:
        app.add_middleware(Renewing, app.state.cookies, app.state.provider, log)
    app.add_middleware(PageLog, log)
    app.add_middleware(Guards, settings)
    add_refusals(app)
    return app


async def close_console(app: FastAPI) -> None:
    """Close all connections of an app."""
    await app.state.reach.close()
    if app.state.provider is not None:
        await app.state.provider.close()
