"""Health: whether the process lives, and whether its pages have an API to ask."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse

__all__ = ("router",)

router = APIRouter()


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """The process lives: its loop answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(request: Request) -> PlainTextResponse:
    """200 when the API can be asked, else 503 and why."""
    state = request.app.state
    if state.is_draining:
        return PlainTextResponse("draining\n", status_code=503)
    if not await state.reach.is_up():
        return PlainTextResponse("the API is not ready\n", status_code=503)
    return PlainTextResponse("ok\n")
