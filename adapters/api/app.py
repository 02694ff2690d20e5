"""The app: every router, every layer, and the OpenAPI document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.api import health, reference
from adapters.api.contract import problem_pages
from adapters.api.contract.description import components
from adapters.api.holding.hosted import Hosted
from adapters.api.layers.admission import Admission
from adapters.api.layers.bounds import Bounds
from adapters.api.layers.denials import Denials
from adapters.api.layers.development import Everybody, OwnPages
from adapters.api.layers.idempotency import Idempotency
from adapters.api.layers.request_log import RequestLog
from adapters.api.layers.room import Room
from adapters.api.layers.shortcut import Shortcut
from adapters.api.meters import ApiMeters
from adapters.api.pages import PAGES_PATH, Pages
from adapters.api.problems import Fault, ProblemError, problem_response, retry_after
from adapters.api.reading.erasures import Erasures
from adapters.api.resources import (
    agents,
    assignments,
    audit,
    conversations,
    customer_search,
    customers,
    desktop,
    drafts,
    eligibility,
    events,
    explanations,
    interactions,
    journeys,
    keys,
    lines,
    me,
    messages,
    objectives,
    offers,
    outgoing,
    policies,
    previews,
    queues,
    record_entries,
    record_people,
    records,
    rescue,
    statistics,
    subjects,
    tunings,
    verdicts,
    wallboard,
    webhooks,
)
from adapters.api.resources.desktop import desktop_terms
from adapters.api.resources.jobs import line_limits
from adapters.api.resources.waiting import Waiting
from adapters.api.settings import ApiSettings
from adapters.desktop.cards import Cards
from adapters.desktop.lobby import open_lobby
from adapters.identity.attempts import Admits, Attempts
from adapters.identity.authenticator import Authenticator
from adapters.jobs.line import JobLine
from adapters.process.release import release
from adapters.record.cards import CardSource
from adapters.record.errors import (
    CannotMerge,
    IdentityTaken,
    RecordOutdated,
    RecordUnavailable,
    UnknownEntry,
)
from router.errors import StoreUnavailable

__all__ = ("ROUTERS", "build_app")

ROUTERS: Final = (
    interactions.router,
    agents.router,
    offers.router,
    assignments.router,
    queues.router,
    lines.router,
    conversations.router,
    messages.router,
    outgoing.router,
    journeys.router,
    customer_search.router,
    customers.router,
    records.router,
    record_people.router,
    record_entries.router,
    rescue.router,
    policies.router,
    previews.router,
    tunings.router,
    drafts.router,
    statistics.router,
    objectives.router,
    wallboard.router,
    explanations.router,
    eligibility.router,
    verdicts.router,
    keys.router,
    me.router,
    subjects.router,
    desktop.router,
    events.router,
    webhooks.router,
    audit.router,
    problem_pages.router,
    reference.router,
    health.router,
)
"""One file for each kind of resource."""

DESCRIPTION: Final = """\
Everything that the streams of OneQueue can do, over HTTP. A write is answered when the router has
decided; a read comes from a projection of the journal, and says how fresh it is.
Every fault is a problem (RFC 9457) with a `code`."""


def build_app(
    hosted: Mapping[str, Hosted],
    authenticator: Admits,
    settings: ApiSettings | None = None,
    *,
    meters: ApiMeters | None = None,
    logger: structlog.stdlib.BoundLogger | None = None,
) -> FastAPI:
    """An app for these tenants. Whoever runs it keeps their projections going."""
    app = FastAPI(
        title="OneQueue",
        version=release(),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        # onequeue traces by itself (docs/tracing.md); looking for a tracer costs each request
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.hosted = hosted
    app.state.settings = settings or ApiSettings()
    app.state.draining = asyncio.Event()
    app.state.erasures = Erasures()
    app.state.waiting = Waiting()
    meters, logger = meters or ApiMeters(), logger or structlog.get_logger()
    app.state.denials = Denials(meters, logger)
    limits: ApiSettings = app.state.settings
    app.state.jobs = JobLine(line_limits(limits), logger)
    attempts = Attempts(
        authenticator,
        limits.failed_per_s,
        limits.failed_burst,
        time.monotonic,
        authenticator.is_listed if isinstance(authenticator, Authenticator) else None,
    )
    app.state.attempts = attempts
    app.state.lobby = open_lobby(
        {name: (each.projection, each.submitter) for name, each in hosted.items()},
        attempts,
        logger,
        desktop_terms(app.state.settings),
        {name: Cards(source) for name, each in hosted.items() if (source := _cards(each, limits))},
    )
    app.state.authenticator = authenticator
    app.state.streams = events.Streams(limits.streams_max, limits.streams_each_max)
    for router in ROUTERS:
        app.include_router(router)
    if limits.pages is not None:
        app.mount(PAGES_PATH, Pages(limits.pages))
    _add_layers(app, authenticator, meters, logger)
    _add_handlers(app)
    document = cache(lambda: _document(app))
    app.openapi = document  # type: ignore[method-assign]  # as FastAPI has it done
    return app


def _cards(hosted: Hosted, settings: ApiSettings) -> CardSource | None:
    """Where the cards of a tenant's customers come from, if there are any."""
    if hosted.records is None or not settings.card_parts:
        return None
    return CardSource(hosted.records, settings.card_parts, hosted.gathering)


def _add_layers(
    app: FastAPI, authenticator: Admits, meters: ApiMeters, logger: structlog.stdlib.BoundLogger
) -> None:
    """From the innermost to the outermost."""
    hosted, settings = app.state.hosted, app.state.settings
    routes = [route for router in ROUTERS for route in router.routes]
    app.add_middleware(Shortcut, routes, app.exception_handlers)
    app.add_middleware(Idempotency, hosted)
    app.add_middleware(Room, settings, meters)
    app.add_middleware(Admission, app.state.attempts, settings)
    app.add_middleware(Bounds, settings)
    if isinstance(authenticator, Everybody):
        app.add_middleware(OwnPages)
    app.add_middleware(RequestLog, meters, logger)


_OF_STARLETTE: Final = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(StoreUnavailable, _of_store)
    for kind in RECORD_CODES:
        app.add_exception_handler(kind, _of_record)


async def _problem(request: Request, error: Exception) -> Response:
    found = cast("ProblemError", error)
    request.state.told["code"] = found.code
    if found.code == "forbidden":
        await request.app.state.denials.note(request, found.detail)
    return problem_response(found, request.state.request_id)


async def _of_starlette(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such path, no such method."""
    found = cast("HTTPException", error)
    code = _OF_STARLETTE.get(found.status_code, "bad_request")
    headers = {**(found.headers or {})}
    if code == "method_not_allowed":
        headers["Allow"] = ", ".join(sorted(_methods_at(request.scope["path"])))
    return await _problem(request, ProblemError(code, headers=headers))


def _methods_at(path: str) -> set[str]:
    """All that can be done there: the framework names those of one endpoint alone."""
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, Route))
    return {
        method for each in routes if each.path_regex.match(path) for method in each.methods or ()
    }


async def _of_parameters(request: Request, error: Exception) -> Response:
    faults = [
        Fault(str(fault["msg"]), parameter=".".join(str(part) for part in fault["loc"][1:]))
        for fault in cast("RequestValidationError", error).errors()
    ]
    return await _problem(request, ProblemError("invalid", errors=faults))


async def _of_store(request: Request, error: Exception) -> Response:
    # of what the server has refused: it is for whoever runs this, not for whoever asks
    request.state.told["store"] = str(error)
    told = ProblemError("store_unavailable", headers=retry_after(1_000))
    return await _problem(request, told)


RECORD_CODES: Final[Mapping[type[Exception], str]] = {
    RecordUnavailable: "record_unavailable",
    RecordOutdated: "record_unavailable",
    UnknownEntry: "unknown_identity",
    IdentityTaken: "customer_conflict",
    CannotMerge: "customer_conflict",
}


async def _of_record(request: Request, error: Exception) -> Response:
    code = RECORD_CODES[type(error)]
    if code == "record_unavailable":
        # which database, and what is wrong with it, is for whoever runs this
        request.state.told["record"] = str(error)
        return await _problem(request, ProblemError(code, headers=retry_after(1_000)))
    return await _problem(request, ProblemError(code, str(error)))


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: FastAPI's, with the schemas of our structs."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        openapi_version="3.1.0",
    )
    parts = document.setdefault("components", {})
    parts["schemas"] = components()
    parts["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`onequeue keys create`), or a token of the identity "
            "provider (docs/identity.md).",
        }
    }
    document["security"] = [{"bearer": []}]
    return document
