"""Health: whether the process lives, and whether it can be asked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings

__all__ = ("router", "unready")

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process lives: its loop answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(request: Request) -> PlainTextResponse:
    """200 when every tenant can be read and written, else 503 and why. A tenant that no router has
    led yet keeps the others from nothing: it is named beside them, unless all are like that."""
    state = request.app.state
    if state.draining.is_set():
        return _told("draining", 503)
    hosted, settings = list(state.hosted.values()), state.settings
    begun = [each for each in hosted if has_begun(each)]
    lacking = f"{len(hosted) - len(begun)} of {len(hosted)} tenants: no router has ever led it"
    if not begun:
        return _told(lacking, 503)
    faults = [fault for each in begun if (fault := unready(each, settings))]
    if faults:
        # of whichever is worst off; it is read by those who may know no tenant's name
        return _told(f"{len(faults)} of {len(hosted)} tenants: {faults[0]}", 503)
    return _told("ok" if len(begun) == len(hosted) else f"ok\n{lacking}", 200)


def has_begun(hosted: Hosted) -> bool:
    """Whether there is a journal, or it has not been looked for yet."""
    freshness = hosted.projection.freshness()
    return freshness.has_begun or not freshness.is_ready


def _told(text: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(f"{text}\n", status_code=status)


def unready(hosted: Hosted, settings: ApiSettings) -> str:
    """Why a tenant cannot be asked now; "" when it can."""
    freshness = hosted.projection.freshness()
    if not freshness.is_ready:
        return "the state is still being read from the journal"
    if freshness.age_ms > settings.fresh_s * 1_000:
        return f"Redis has not told what stands in the journal for {freshness.age_ms // 1_000} s"
    return ""
