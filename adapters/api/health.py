"""Health: whether the process lives, and whether it can be asked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from adapters.api.hosted import Hosted
from adapters.api.settings import ApiSettings

__all__ = ("router", "unready")

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process lives: its loop answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(request: Request) -> PlainTextResponse:
    """200 when every tenant can be read and written, else 503 and why."""
    state = request.app.state
    reason = "draining" if state.draining.is_set() else _unready(state.hosted, state.settings)
    return PlainTextResponse(f"{reason or 'ok'}\n", status_code=503 if reason else 200)


def _unready(hosted: dict[str, Hosted], settings: ApiSettings) -> str:
    """Why not, of whichever is worst off; it is read by those who may know no tenant's name."""
    faults = [fault for each in hosted.values() if (fault := unready(each, settings))]
    return f"{len(faults)} of {len(hosted)} tenants: {faults[0]}" if faults else ""


def unready(hosted: Hosted, settings: ApiSettings) -> str:
    """Why a tenant cannot be asked now; "" when it can."""
    freshness = hosted.projection.freshness()
    if not freshness.is_ready:
        return "the state is still being read from the journal"
    if freshness.age_ms > settings.fresh_s * 1_000:
        return f"Redis has not told what stands in the journal for {freshness.age_ms // 1_000} s"
    return ""
