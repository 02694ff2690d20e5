"""The wallboard: the one queue live; and the same for a wall, without anything around it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.console.addresses import address
from adapters.console.board import Board, padded
from adapters.console.cookies import zone_of
from adapters.console.visit import AnyVisit, Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("board_of", "router")

router = APIRouter()

Watching = Annotated[Visit, Depends(visiting(Permission.STATISTICS_READ))]


@router.get("/")
async def show_first_page(visit: AnyVisit) -> Response:
    """The wallboard, or what stands in its place for who may not see all of the floor."""
    if visit.may(Permission.STATISTICS_READ):
        return await _board(visit, "wallboard.html")
    agent_id = visit.viewer.agent_id
    return visit.go(address("agents", agent_id) if agent_id else "/queues")


@router.get("/wall")
async def show_wall(visit: Watching) -> Response:
    """The figures for a wall."""
    return await _board(visit, "wall.html")


async def board_of(visit: Visit) -> Board:
    """The floor, now."""
    zone = zone_of(visit.request)
    found = await visit.queue.statistics.wallboard(zone=zone.key)
    return Board(found, visit.now_ms, zone)


async def _board(visit: Visit, template: str) -> Response:
    board = await board_of(visit)
    trend = board.found.trend
    return visit.page(template, board=board, waited=padded(trend.waiting), trend=trend, every_s=2)
