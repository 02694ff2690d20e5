"""Agents' desktops: one WebSocket each (docs/desktops.md)."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from adapters.api.layers.admission import credential_of
from adapters.api.settings import ApiSettings
from adapters.desktop.terms import DesktopTerms
from adapters.desktop.websocket import serve_desktop

__all__ = ("desktop_terms", "router")

router = APIRouter(prefix="/v1")


@router.websocket("/desktop")
async def desktop(websocket: WebSocket) -> None:
    """One desktop, until its connection is over."""
    await serve_desktop(websocket, websocket.app.state.lobby, credential_of(websocket.scope))


def desktop_terms(settings: ApiSettings) -> DesktopTerms:
    """The terms of desktops, as far as they can be set."""
    return DesktopTerms(
        desktops_max=settings.desktops_max,
        heartbeat_s=settings.desktop_heartbeat_s,
        answer_s=settings.desktop_answer_s,
        grace_s=settings.desktop_grace_s,
        agents_describe_themselves=settings.agents_describe_themselves,
    )
