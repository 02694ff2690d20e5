"""How pages are to look: as the system does, light, or dark."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.console.addresses import is_own_path
from adapters.console.cookies import Cookies, Theme
from adapters.console.visit import form_of

__all__ = ("router",)

router = APIRouter()

THEMES: Final[dict[str, Theme]] = {"system": "", "light": "light", "dark": "dark"}


@router.post("/theme")
async def choose_theme(request: Request) -> Response:
    """Remember it, and back to the page."""
    fields = await form_of(request)
    back = fields.get("back", "/")
    cookies: Cookies = request.app.state.cookies
    response = RedirectResponse(back if is_own_path(back) else "/", status_code=303)
    cookies.keep_theme(response, THEMES.get(fields.get("theme", ""), ""))
    return response
