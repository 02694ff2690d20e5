"""Agents' desktops: one WebSocket each (docs/desktops.md)."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from adapters.api.admission import credential_of
from adapters.desktop.websocket import serve_desktop

__all__ = ("router",)

router = APIRouter(prefix="/v1")


@router.websocket("/desktop")
async def desktop(websocket: WebSocket) -> None:
    """One desktop, until its connection is over."""
    await serve_desktop(websocket, websocket.app.state.lobby, credential_of(websocket.scope))
